mod draw;
mod histories;
mod random;
mod rig;

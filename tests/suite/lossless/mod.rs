//! Nothing is lost, and nobody's write fails, whatever happens to the processor, to the network, to the database.

mod database;
mod killed;
mod loading;
mod network;
mod paused;

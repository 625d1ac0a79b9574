//! Relational circuits (design D4).

//! Where a frame begins and ends, and which framing it has.

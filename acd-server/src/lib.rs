//! Empty until its first line lands.

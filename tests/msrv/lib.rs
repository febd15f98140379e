//! Nothing: what is compiled is the library.

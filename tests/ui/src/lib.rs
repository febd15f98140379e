//! Mistakes with the layer, in `cases`.

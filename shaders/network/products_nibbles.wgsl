// products_nibbles: y = x·Wᵀ + b for many slots, W being weights of four bits; see shaders/shared/tile.wgsl. Spec: src/core/network.rs.
// Parts: network product nibbles tile.

// product_nibbles: y = x·Wᵀ + b for a few slots, W being weights of four bits; see shaders/shared/few.wgsl. Spec: src/core/network.rs.
// Parts: network product nibbles few.

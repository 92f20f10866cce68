// product_bytes: y = x·Wᵀ + b for a few slots, W being weights of eight bits; see shaders/shared/few.wgsl. Spec: src/core/network.rs.
// Parts: network product bytes few.

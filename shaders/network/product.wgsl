// product: y = x·Wᵀ + b for a few slots, W being numbers; see shaders/shared/few.wgsl. Spec: src/core/network.rs.
// Parts: network product numbers few.

// products: y = x·Wᵀ + b for many slots, W being numbers; see shaders/shared/tile.wgsl. Spec: src/core/network.rs.
// Parts: network product numbers tile.

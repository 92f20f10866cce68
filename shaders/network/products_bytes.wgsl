// products_bytes: y = x·Wᵀ + b for many slots, W being weights of eight bits; see shaders/shared/tile.wgsl. Spec: src/core/network.rs.
// Parts: network product bytes tile.

// embed_bytes: rows of a table of weights of eight bits, as shaders/shared/embedding.wgsl says. Spec: src/core/network.rs.
// Parts: network bytes embedding.

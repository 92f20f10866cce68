// embed: rows of a table of numbers, as shaders/shared/embedding.wgsl says. Spec: src/core/network.rs.
// Parts: network numbers embedding.

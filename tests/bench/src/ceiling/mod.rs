//! What the machine and the libraries allow with nothing of ours on top.

"""Opening models in runtimes. This room speaks tensors and never faces."""

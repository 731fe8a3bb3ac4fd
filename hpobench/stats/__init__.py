"""What scores say of differences between optimizers. It reads no folder and draws nothing."""

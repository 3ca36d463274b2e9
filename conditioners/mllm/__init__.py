"""The mllm conditioner: hidden states of a multimodal language model."""

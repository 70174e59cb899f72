"""A stand-in for NVIDIA's class: takes at most two pictures of a clip, and answers with the digest of what it was shown."""

import hashlib
import os


class PixtralPromptUpsampler:
    def __init__(self, checkpoint_dir, offload_prompt_upsampler=False):
        folder = os.path.join(checkpoint_dir, "nvidia", "Cosmos-UpsamplePrompt1-12B-Transfer")
        if not os.path.isdir(folder):
            raise FileNotFoundError(f"[Errno 2] No such file or directory: '{folder}/consolidated.safetensors'")
        if os.environ.get("VLLM_WORKER_MULTIPROC_METHOD") != "spawn" or os.environ.get("RANK") != "0":
            raise RuntimeError("Cannot re-initialize CUDA in forked subprocess")

    def _prompt_upsample(self, prompt, video_path):
        if "fail" in prompt:
            raise ValueError("Prompt length of 4685 is longer than the maximum model length of 4096.")
        if isinstance(video_path, list):
            return f"Enhanced: {prompt}, with {len(video_path)} pictures "
        with open(video_path, "rb") as file:
            return f"Enhanced: {prompt}, having seen {hashlib.sha256(file.read()).hexdigest()}"

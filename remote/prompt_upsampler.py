"""Asks NVIDIA's prompt upsampler (Pixtral) of Cosmos-Transfer1 for better prompts.

Sent along with each job, and run where cosmos_transfer1 can be imported. The batch is a list of objects with "name", "prompt" and,
where there is a clip, "video_path". A clip that is not there fails its item: without it the model would invent a scene. Writes
batch_results.json, NAME_upsampled.json for each success, and of a single prompt enhanced.txt. Ends with 1 when an item failed.
"""

import argparse
import json
import os
import sys

# Set before anything of CUDA is loaded: vLLM must not fork a process that has touched the GPU.
os.environ.setdefault("VLLM_WORKER_MULTIPROC_METHOD", "spawn")
# What torchrun would set; NVIDIA's code reads some of them.
for variable in ("RANK", "LOCAL_RANK", "GROUP_RANK"):
    os.environ.setdefault(variable, "0")
for variable in ("WORLD_SIZE", "LOCAL_WORLD_SIZE"):
    os.environ.setdefault(variable, "1")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", required=True)
    parser.add_argument("--output-dir", required=True)
    parser.add_argument("--checkpoint-dir", default="checkpoints")
    options = parser.parse_args()
    with open(options.batch, encoding="utf-8") as file:
        items = json.load(file)
    os.makedirs(options.output_dir, exist_ok=True)

    print("Initializing prompt upsampler...", flush=True)
    from cosmos_transfer1.auxiliary.upsampler.model.upsampler import PixtralPromptUpsampler

    upsampler = PixtralPromptUpsampler(options.checkpoint_dir, offload_prompt_upsampler=False)
    results = []
    for number, item in enumerate(items, 1):
        print(f"Upsampling prompt {number}/{len(items)}: {item['name']}", flush=True)
        results.append(upsample(upsampler, item))
        if results[-1]["success"]:
            write(options.output_dir, f"{item['name']}_upsampled.json", json.dumps(results[-1], indent=2))
    write(options.output_dir, "batch_results.json", json.dumps(results, indent=2))
    if len(results) == 1 and results[0]["success"]:
        write(options.output_dir, "enhanced.txt", results[0]["upsampled_prompt"] + "\n")
    failed = [result for result in results if not result["success"]]
    for result in failed:
        print(f"ERROR: {result['name']}: {result['error']}", file=sys.stderr, flush=True)
    return 1 if failed else 0


def upsample(upsampler, item):
    video = item.get("video_path")
    result = {"name": item["name"], "original_prompt": item["prompt"], "video_path": video}
    try:
        if video is not None and not os.path.isfile(video):
            raise FileNotFoundError(f"Path does not point to a file: {video}")
        # A list stands for pictures that were taken already; an empty one for none.
        text = upsampler._prompt_upsample(item["prompt"], [] if video is None else video)
        if not text.strip():
            raise ValueError("the answer is empty")
        return {**result, "upsampled_prompt": text.strip(), "success": True}
    except Exception as error:
        return {**result, "success": False, "error": f"{type(error).__name__}: {error}"}


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8", newline="\n") as file:
        file.write(text)


if __name__ == "__main__":
    sys.exit(main())

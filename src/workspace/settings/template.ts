/** The cosmos.toml that `cosmos init` writes: every key explained, with its default, commented out. */

const TEMPLATE = `# Settings of this workspace. Every key is optional; what is commented out is the default.
# Flags and environment variables win over this file, this file wins over your own ~/.config/cosmos/cosmos.toml.
# \`cosmos config show --origin\` shows every value and where it comes from.

[run]
# The model that a run uses: "preview", "transfer1", or the name of a [models.NAME] table below.
# model = "preview"

# Where a run of a model is executed: "local" is this machine, else the name of a target. A preview runs here always.
# target = "local"

# How often a job is started again that failed by no fault of its own, such as a restart of the machine.
# retries = 0

[views]
# Make a working copy of a run's files below outputs/ as soon as it has ended.
# auto = true

# "clone" clones the files, else copies them. "link" makes hard links: no extra space, but editing a file of a view
# changes the store.
# mode = "clone"

[gc]
# How long a blob that nothing names stays before it may be condemned: "30m", "24h", "7d", "0".
# grace = "24h"

# How many days the trash is kept, so that \`cosmos gc undo\` can bring it back.
# trashDays = 7

[verify]
# Worker threads that hash, 1 to 64. Left out: one for each core.
# workers = 4

[local]
# What models find on this machine, when they are run here.
# checkout = "/home/me/cosmos-transfer2.5"
# checkpoints = "/home/me/cosmos-transfer1/checkpoints"
# hfCache = "/home/me/.cache/huggingface"

# Who enhances prompts ("cosmos prompt enhance"): an OpenAI-compatible endpoint, else NVIDIA's upsampler on the target.
# [models.enhance]
# endpoint = "https://api.example.com/v1"
# model = "a-model-that-takes-pictures"
# keyEnv = "EXAMPLE_API_KEY"
# frames = 4
# frameSize = 480
# timeout = "5m"

# A model that is run as one command needs no code, only a table. {inputs.NAME}, {outputs}, {spec} and
# {parameters.NAME} in argv are filled in. docs/configuration.md explains every key.
# [models.example]
# description = "What it does, in one line"
# argv = ["python3", "{workspace}/model.py", "--video", "{inputs.color}", "--to", "{outputs}"]
# inputs = ["color"]
# schema = "example.schema.json"
# env = ["HF_HOME"]
# timeout = "2h"
# workdir = "{checkout}"
# image = "registry.example/relight:1"
# mounts = ["/data/luts:/luts:ro"]
# gpus = 1
# [[models.example.outputs]]
# name = "output.mp4"
# role = "output"
# mediaType = "video/mp4"
# primary = true

# A machine that jobs run on. "cosmos target add NAME USER@HOST" writes such a table, mostly to your own file.
# [targets.example]
# host = "203.0.113.7"
# port = 22
# user = "ubuntu"
# key = "~/.ssh/id_ed25519"
# root = "cosmos"
# launcher = "docker"
# runtime = ["docker"]
# image = "cosmos-transfer1:latest"
# checkout = "/home/ubuntu/cosmos-transfer1"
# checkpoints = "/home/ubuntu/cosmos-transfer1/checkpoints"
# hfCache = "/home/ubuntu/.cache/huggingface"
# mounts = ["/data/luts:/luts:ro"]
# memory = "64g"
# shm = "8g"
# ipc = "host"
# env = ["HF_TOKEN"]
# price = 2.49
# currency = "USD"
# timeout = "6h"
`;

/** The text of a new workspace's cosmos.toml. It sets nothing, and needs no validation when it is loaded. */
export function settingsTemplate(): string {
  return TEMPLATE;
}

/** The cosmos.toml that `cosmos init` writes: every key explained, with its default, commented out. */

const TEMPLATE = `# Settings of this workspace. Every key is optional; what is commented out is the default.
# Flags and environment variables win over this file, this file wins over your own ~/.config/cosmos/cosmos.toml.
# \`cosmos config show --origin\` shows every value and where it comes from.

[run]
# The model that a run uses: "preview", or the name of a [models.NAME] table below.
# model = "preview"

# Where a run is executed. This version knows this machine only.
# target = "local"

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

# A model that is run as one command needs no code, only a table. {inputs.NAME}, {outputs}, {spec} and
# {parameters.NAME} in argv are filled in. docs/configuration.md explains every key.
# [models.example]
# description = "What it does, in one line"
# argv = ["python3", "{workspace}/model.py", "--video", "{inputs.color}", "--to", "{outputs}"]
# inputs = ["color"]
# schema = "example.schema.json"
# env = ["HF_HOME"]
# timeout = "2h"
# [[models.example.outputs]]
# name = "output.mp4"
# role = "output"
# mediaType = "video/mp4"
# primary = true
`;

/** The text of a new workspace's cosmos.toml. It sets nothing, and needs no validation when it is loaded. */
export function settingsTemplate(): string {
  return TEMPLATE;
}

/** The pydantic models of several views of cosmos-transfer2.5. */
import {bool, field, file, float, int, model, optional, valueError} from '../shared/pydantic.mjs';
import {COMMON, withPrompt} from './rules.mjs';

export const VIEWS = [
  'front_wide',
  'cross_right',
  'rear_right',
  'rear',
  'rear_left',
  'cross_left',
  'front_tele',
];

const view = model('ViewConfig', {
  input_path: field(optional(file), null),
  control_path: field(optional(file), null),
  num_conditional_frames_per_view: field(int({from: 0, to: 5}), 0),
});

const FIELDS = {
  ...COMMON,
  num_conditional_frames: field(int(), 1),
  control_weight: field(float({from: 0, to: 1}), 1),
  ...Object.fromEntries(VIEWS.map((name) => [name, field(view, null)])),
  fps: field(int({above: 0}), 10),
  enable_autoregressive: field(bool, false),
  num_chunks: field(int({from: 1}), 2),
  chunk_overlap: field(int(), 1),
  save_combined_views: field(bool, true),
};

/** A view takes part when it has a control. */
export const activeViews = (sample) => VIEWS.filter((name) => sample[name]?.control_path);

function checkWhole(sample) {
  const active = activeViews(sample);
  if (active.length === 0) throw valueError('At least one view with a control_path is required');
  const counts = active.map((name) => sample[name].num_conditional_frames_per_view);
  if (counts.some((count) => ![0, 1, 5].includes(count)))
    throw valueError(
      `num_conditional_frames_per_view must be one of [0, 1, 5] for views: ${active.join(', ')}`,
    );
  const missing = active.filter((name) => !sample[name].input_path);
  if (sample.num_conditional_frames > 0 && !sample.enable_autoregressive && missing.length > 0)
    throw valueError(
      `input_path is required for all views when num_conditional_frames > 0. Missing input_path for views: ${missing.join(', ')}`,
    );
  const zeros = counts.filter((count) => count === 0).length;
  if (sample.enable_autoregressive && zeros > 0 && zeros < counts.length)
    throw valueError(
      'num_conditional_frames_per_view must be consistent across all views in autoregressive mode. Either set it for all views or leave all at default (0).',
    );
}

export const makeMultiview = ({isSmoke = false} = {}) =>
  model(
    'MultiviewInferenceArguments',
    {...FIELDS, num_steps: field(int({from: 1}), isSmoke ? 1 : 35)},
    {extra: 'forbid', before: withPrompt, after: checkWhole},
  );

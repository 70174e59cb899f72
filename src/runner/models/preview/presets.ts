/**
 * The five strengths of the automatic controls, in the numbers that NVIDIA's code uses at inference (cosmos-transfer1,
 * `diffusion/datasets/augmentors/control_input.py`: AddControlInputEdge and AddControlInputBlurDownUp; the same pairs in
 * cosmos-transfer2.5). "very_low" and "low", and "high" and "very_high", blur alike there, so they do here.
 */

export const PRESETS = ['very_low', 'low', 'medium', 'high', 'very_high'] as const;
export type Preset = (typeof PRESETS)[number];

export const DEFAULT_PRESET: Preset = 'medium';

export interface CannyThresholds {
  /** Gradients (|gx| + |gy| of 3x3 Sobel on 8-bit values, 0 to 2040) above this count when they touch a strong one. */
  low: number;
  /** Gradients above this are edges by themselves. */
  high: number;
}

/** Lower and upper threshold; a higher preset draws fewer lines. */
export const CANNY_THRESHOLDS: Record<Preset, CannyThresholds> = {
  very_low: {low: 20, high: 50},
  low: {low: 50, high: 100},
  medium: {low: 100, high: 200},
  high: {low: 200, high: 300},
  very_high: {low: 300, high: 400},
};

/** By how much the picture is shrunk before it is enlarged again, in luma pixels; even, so that chroma divides too. */
export const BLUR_FACTORS: Record<Preset, number> = {
  very_low: 4,
  low: 4,
  medium: 10,
  high: 16,
  very_high: 16,
};

export function isPreset(value: unknown): value is Preset {
  return PRESETS.some((preset) => preset === value);
}

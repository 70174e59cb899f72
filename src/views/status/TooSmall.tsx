/** Instead of a screen that would show nothing useful. */
import {Box, Text} from 'ink';
import type {ReactElement} from 'react';
import {LEAST, type Size} from './layout.ts';

export function TooSmall({columns, rows}: Size): ReactElement {
  return (
    <Box width={columns} height={Math.max(1, rows - 1)} overflow="hidden">
      <Text>
        This window has {columns}x{rows}; the dashboard needs {LEAST.columns}x{LEAST.rows}. q leaves.
      </Text>
    </Box>
  );
}

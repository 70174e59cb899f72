/** Prepared lines in a box of fixed height; what does not fit is not in the tree at all. */
import {Box, Text} from 'ink';
import type {ReactElement} from 'react';

export interface LinesProps {
  lines: readonly string[];
  height: number;
}

export function Lines({lines, height}: LinesProps): ReactElement {
  return (
    <Box flexDirection="column" height={height} flexShrink={0}>
      {lines.slice(0, height).map((line, index) => (
        <Text key={index} wrap="truncate-end">
          {/* An empty text has no height. */}
          {line === '' ? ' ' : line}
        </Text>
      ))}
    </Box>
  );
}

/**
 * Is this the host that we know? OpenSSH's rules (check_host_key): a line with the same key decides for it, any other
 * line against it, a revoked key is refused whatever else is there. Every refusal says what the reader should compare.
 */
import {CosmosError} from '../../../errors.ts';
import {fingerprintOf, typeOf} from './host-key.ts';
import type {KnownKey} from './known-hosts.ts';
import {findHostKeys, knownHostName} from './known-hosts.ts';

/** A host with its names, as far as host keys are concerned. */
export interface HostIdentity {
  /** As people call it, for messages. */
  label: string;
  /** The command line that makes its key known, for hints. */
  trustCommand: string;
  hostName: string;
  port: number;
  /** HostKeyAlias: the key is filed under this name, without a port. */
  alias?: string | undefined;
  knownHostsFiles: readonly string[];
}

export type Verdict =
  | {is: 'known'}
  | {is: 'unknown'}
  | {is: 'changed' | 'revoked'; line: KnownKey}
  | {is: 'certified'; line: KnownKey};

/** What the files say of a host; `bare` are lines of its name without the port, good for acceptance only. */
export interface HostRecord {
  own: KnownKey[];
  bare: KnownKey[];
}

/** @throws CosmosError file.unreadable */
export async function findHostRecord(host: HostIdentity): Promise<HostRecord> {
  const name = host.alias?.toLowerCase() ?? knownHostName(host.hostName, host.port);
  const bareName = host.hostName.toLowerCase();
  const own = await findHostKeys(host.knownHostsFiles, name);
  const hasBare = host.alias === undefined && name !== bareName;
  return {own, bare: hasBare ? await findHostKeys(host.knownHostsFiles, bareName) : []};
}

/** Types of the keys that would be accepted. */
export function knownTypes({own, bare}: HostRecord): Set<string> {
  const plain = (lines: KnownKey[]): KnownKey[] => lines.filter((line) => line.marker === 'plain');
  const lines = plain(own).length > 0 ? plain(own) : plain(bare);
  return new Set(lines.map((line) => line.type));
}

export function judgeHostKey(key: Buffer, {own, bare}: HostRecord): Verdict {
  const isShown = (line: KnownKey): boolean => line.key.equals(key);
  const revoked = [...own, ...bare].find((line) => line.marker === 'revoked' && isShown(line));
  if (revoked !== undefined) return {is: 'revoked', line: revoked};
  const plain = own.filter((line) => line.marker === 'plain');
  if (plain.some(isShown)) return {is: 'known'};
  // The one of the shown type is the one that people know, where there are several.
  const other = plain.find((line) => line.type === typeOf(key)) ?? plain[0];
  if (other !== undefined) return {is: 'changed', line: other};
  if (bare.some((line) => line.marker === 'plain' && isShown(line))) return {is: 'known'};
  const authority = own.find((line) => line.marker === 'authority');
  return authority === undefined ? {is: 'unknown'} : {is: 'certified', line: authority};
}

/** Undefined for a known key. */
export function refusalOf(verdict: Verdict, key: Buffer, host: HostIdentity): CosmosError | undefined {
  if (verdict.is === 'known') return undefined;
  const shown = describeKey(key);
  const facts = {
    host: host.hostName,
    port: host.port,
    keyType: typeOf(key),
    fingerprint: fingerprintOf(key),
    key: key.toString('base64'),
  };
  if (verdict.is === 'unknown') {
    return new CosmosError('host.unknown', `The host key of ${host.label} is not known: ${shown}.`, {
      hint: `Compare the fingerprint with the one that the owner of the host gives you, then accept it with: ${host.trustCommand}`,
      facts,
    });
  }
  const {line} = verdict;
  const {code, message, hint} = wordsOf(verdict, shown, host);
  return new CosmosError(code, message, {
    hint,
    facts: {...facts, file: line.file, line: line.line, knownFingerprint: fingerprintOf(line.key)},
  });
}

interface Words {
  code: 'host.unknown' | 'host.changed';
  message: string;
  hint: string;
}

function wordsOf(
  {is, line}: Exclude<Verdict, {is: 'known' | 'unknown'}>,
  shown: string,
  host: HostIdentity,
): Words {
  const place = `${line.file} line ${line.line}`;
  if (is === 'certified') {
    return {
      code: 'host.unknown',
      message: `${host.label} is known by a certificate authority only (${place}), and host certificates are not supported.`,
      hint: `Its own key is ${shown}. Compare it with the owner of the host, then accept it with: ${host.trustCommand}`,
    };
  }
  if (is === 'revoked') {
    return {
      code: 'host.changed',
      message: `${host.label} shows a key that ${place} revokes: ${shown}.`,
      hint: 'Do not use this host: its key is known to be in wrong hands. Ask its owner for a new key.',
    };
  }
  return {
    code: 'host.changed',
    message: `The host key of ${host.label} has changed: it shows ${shown}, but ${place} has ${describeKey(line.key)}.`,
    hint: `Another machine may have its address, or somebody listens in. If you know that the machine was replaced and the fingerprint is right, forget the old key with: ssh-keygen -R "${knownHostName(host.hostName, host.port)}" and then accept the new one with: ${host.trustCommand}`,
  };
}

function describeKey(key: Buffer): string {
  return `${typeOf(key) ?? 'a key of unknown type'} ${fingerprintOf(key)}`;
}

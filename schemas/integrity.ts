/**
 * What app-hardening SDKs report about a device, in one vocabulary. Believed only inside a token whose signature is
 * good: anything else is the word of the device that is in doubt.
 */
export const INTEGRITY_SIGNALS = [
  'rooted', // rooted or jailbroken
  'hooked', // an instrumentation framework in the process
  'repackaged', // not the binary that was published
  'debugger',
  'emulator',
  'proxy', // a proxy in the middle
  'pinning_failure', // a certificate that was not the pinned one
] as const;
export type IntegritySignal = (typeof INTEGRITY_SIGNALS)[number];

/** Tiers of AR4SI (draft-ietf-rats-ar4si), worst last. */
export const INTEGRITY_TIERS = ['none', 'affirming', 'warning', 'contraindicated'] as const;
export type IntegrityTier = (typeof INTEGRITY_TIERS)[number];

/** What a policy may name: a signal, or the tier of a whole result. */
export const POLICY_SIGNALS = [...INTEGRITY_SIGNALS, 'warning', 'contraindicated'] as const;
export type PolicySignal = (typeof POLICY_SIGNALS)[number];

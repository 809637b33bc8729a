import type { Attestation } from '../../schemas/decision.ts';
import type { EntityKind, EntityRef } from '../../schemas/event.ts';
import type { PolicySignal } from '../../schemas/integrity.ts';
import type { IdentityCode } from '../../schemas/reasons.ts';
import type { CalibrationCurve } from '../../shared/calibration.ts';
import type { Evidence } from '../../shared/evidence.ts';
import type { Openings } from '../../shared/opening.ts';
import type { PeerScales } from '../../shared/peer-scales.ts';
import type { ClientRule } from '../../shared/policy-routes.ts';
import type { Grace } from './caller-state/graces.ts';
import type { Revocation } from './caller-state/revocations.ts';

/** What a decision may know of its own request (law 4): nothing of the answer to it. */
export interface RequestFacts {
  /** Made by the caller of `decide`; the decision's id starts with it. */
  id: string;
  method: string;
  /** Without query. */
  path: string;
  host: string;
  scope: string;
  /** Normalised client address, `''` when there is none: overrides may cover a single IPv6 address or any prefix. */
  address: string;
  /** In the order user, session, device, ip, net, client; absent ones are left out. */
  entities: readonly EntityRef[];
  attestation: Attestation;
  /** What a verified token reports of its device; absent: nothing. */
  signals?: readonly PolicySignal[];
  /** A user token or request signature that does not verify; absent or null: nothing is wrong. */
  identityFault?: IdentityCode | null;
  /** By the policy's `clients`, else `''`: the calibration segment. */
  platform: string;
  canAttest: boolean | null;
  /** Id of the API key, `''` when there is none. */
  apiClient?: string;
  /** What the policy's entry of this client says of attestation; absent: nothing. */
  rule?: ClientRule;
  userAgent: string;
  /** `METHOD template`, `{}` for ids. */
  route: string;
  /** Who else does the same with the same software (`shared/cohort.ts`). */
  cohort: string;
  /** What of the caller was revoked. */
  revoked?: Revocation | undefined;
  /**
   * Whom its credentials name beside `entities`, which no event of it will name: whatever they are held back for holds this
   * request back too, and nothing speaks for it. Absent: nobody.
   */
  besides?: readonly BesideRef[];
  /**
   * The genuine attestation token of this request, where it names no installation and is not the session: known for what is done
   * with it, wherever it is shown, and never the caller. Absent: there is none.
   */
  token?: EntityRef;
  /** It carries a user token of which nothing is known yet. */
  pending?: boolean;
  /** Its caller met a challenge not long ago; absent: it did not. */
  grace?: Grace;
  /** The failing attestation is the fault of an outage: it is not held against this caller. */
  relaxed?: boolean;
}

export interface BesideRef extends EntityRef {
  /** The caller holds a good credential of it: limits count for it too. Else anybody may have said so. */
  readonly held: boolean;
}

/** One step of risk, whole. */
export interface SnapshotView {
  /** Epoch seconds. */
  step: number;
  /** Milliseconds since the step was published. */
  ageMs(now: number): number;
  risk(scope: string, kind: RiskKind, id: string): EntityRisk | undefined;
  /** The curve of the segment, else of the scope, else the shipped one. */
  curve(scope: string, segment: string): CalibrationCurve;
  /** What a request's own attestation status adds; absent: what is shipped. */
  evidence?: Evidence;
  /** How much a stranger's first request surprises; absent: nothing is known of it. */
  openings?: Openings;
  /** What is learnt of peers, for the words of reasons; absent: nothing. */
  scales?: PeerScales;
  /** This process saw every step from here on, epoch seconds; absent: all of them. */
  watchedFrom?: number;
}

/** Entities have risk, and cohorts. */
export type RiskKind = EntityKind | 'cohort';

export interface EntityRisk {
  /** On the scale of the shipped reference. */
  score: number;
  /** 0 none, 1 challenge, 2 block: refused attempts go on (law 5). */
  held: 0 | 1 | 2;
  /** Most severe first; `feature` is `<feature>:<window>`. */
  reasons: readonly { feature: string; value: number; usual: number; part: number }[];
  /** Since which step each has named a feature without a pause, epoch seconds; null or absent: not known. @param feature without its window. */
  since?(feature: string): number | null;
}

"""Fits what each feature adds to the risk score: fit.py JOB OUT, called by fit.ts.

Logistic regression with weights that are never negative over hinges of heights, so that a score is a sum of parts that
each grow with one feature (a generalised additive model: Hastie and Tibshirani 1990), less what ordinary life relieves:
features with a relief fall by it over their first decibels. Every kind of attack of every
world weighs the same, and all attacks together a small share, as in traffic. Which of user, session and device speaks
for an event depends on the weights, so that the fit is done twice; then once more with the loudest benign events of each
world weighing more, since what counts is whom the lines of 0.1 % and 1 % let through, and not how the quiet 98 % are told apart.
"""

import json
import sys

import numpy as np
from scipy import sparse
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score

ROUNDS = 2
# The loudest share of benign events, which all stand in the last round, and how often the loudest 1 in 1,000 of all count in
# it; from there down to the end of that share it fades to once.
LOUD = 0.02
LOUDEST = 0.001
LOUDEST_COUNTS = 5
# Of all events, in the fit alone; calibration makes the scale of the product.
ATTACK_SHARE = 0.03
BENIGN_ROWS = 20_000
# Nats that ten decibels of height may add, and how strongly weights are drawn to nothing. By their squares: of features that
# say much the same each keeps a share, so that where one is silent the others still speak. A pull that leaves one of them
# only (LASSO) fits its own worlds as well and carries over worse to those of others.
LARGEST = 6.0
RIDGE = 1e-4
FOLDS = 4

job = json.load(open(sys.argv[1]))
HINGES = np.array(job["hinges"], dtype=np.float32)
GROUPS, FEATURES, STATUSES = job["groups"], job["features"], job["statuses"]
F, S = len(FEATURES), HINGES.shape[1]
# Of each group the features that relieve, and how much of a relief each stored height gives.
RELIEFS = job["reliefs"]
RELIEVED = np.minimum(np.arange(len(HINGES)) / job["relief_steps"], 1).astype(np.float32)
# Where the numbers of weights and of reliefs end.
W = len(GROUPS) * S * F
R = W + sum(len(of) for of in RELIEFS)
DECIBELS = 10 / np.log(10)
# Scores are that many times what likelihood ratios say. Beyond its last knot a calibrated curve goes on with one decibel for a
# unit of score (shared/calibration.ts), and genuine callers' scores fall off faster than that: by so much at least in every
# world. It moves no ranking.
STEEPER = 1.15


class World:
    def __init__(self, name, kind, folder):
        about = json.load(open(f"{folder}/heights.json"))
        rows = np.fromfile(f"{folder}/heights.bin", dtype=np.uint8).reshape(about["events"], -1)
        self.name, self.api = name, kind
        self.status, self.label = rows[:, 0], rows[:, 1]
        self.kind = np.array(about["kinds"])[rows[:, 2]]
        self.heights = rows[:, 3:].reshape(len(rows), -1, F)
        self.attacks = np.unique(self.kind[self.label == 1])


def summed(heights, reliefs, learnt):
    """Scores of one kind of entity."""
    weights, relief = learnt
    return (HINGES @ weights)[heights, np.arange(F)].sum(1) - RELIEVED[heights[:, reliefs]] @ relief


def spoken(heights, kinds, reliefs, learnt):
    """Heights of the loudest of the kinds that a group stands for and that say anything; before there are weights, of the highest."""
    if len(kinds) == 1:
        return heights[:, kinds[0]]
    if learnt is None:
        loud = [heights[:, k].sum(1, dtype=np.int32) for k in kinds]
    else:
        loud = [np.where(heights[:, k].any(1), summed(heights[:, k], reliefs, learnt), -np.inf) for k in kinds]
    return heights[np.arange(len(heights)), np.array(kinds)[np.argmax(loud, axis=0)]]


def by_group(theta):
    """Weights and reliefs of each group."""
    if theta is None:
        return [None] * len(GROUPS)
    ends = np.cumsum([len(of) for of in RELIEFS])[:-1]
    return list(zip(theta[:W].reshape(len(GROUPS), S, F), np.split(theta[W:R], ends)))


def design(world, rows, theta):
    columns, relieved = [], []
    for kinds, reliefs, learnt in zip(GROUPS, RELIEFS, by_group(theta)):
        heights = spoken(world.heights[rows], kinds, reliefs, learnt)
        columns += [sparse.csr_matrix(HINGES[:, span][heights]) for span in range(S)]
        relieved.append(sparse.csr_matrix(-RELIEVED[heights[:, reliefs]]))
    columns += relieved
    columns.append(sparse.csr_matrix((world.status[rows, None] == np.array(STATUSES)).astype(np.float32)))
    return sparse.hstack(columns, format="csr", dtype=np.float32)


def score(world, theta):
    total = (world.status[:, None] == np.array(STATUSES)) @ theta[-1 - len(STATUSES) : -1]
    for kinds, reliefs, learnt in zip(GROUPS, RELIEFS, by_group(theta)):
        total = total + summed(spoken(world.heights, kinds, reliefs, learnt), reliefs, learnt)
    return total


def benign_rows(world, theta, random):
    """Benign rows to fit on and their weights, which add up to about 1: some of all, and of who is loud by `theta` every one."""
    benign = np.flatnonzero(world.label == 0)
    if theta is None:
        kept = random.choice(benign, min(len(benign), BENIGN_ROWS), replace=False)
        return kept, np.full(len(kept), 1 / len(kept))
    benign = benign[np.argsort(-score(world, theta)[benign])]
    loud, quiet = np.split(benign, [int(LOUD * len(benign))])
    kept = random.choice(quiet, min(len(quiet), BENIGN_ROWS), replace=False)
    rank = (np.arange(len(loud)) + 1) / len(benign)
    counts = 1 + (LOUDEST_COUNTS - 1) * np.clip(np.log(LOUD / rank) / np.log(LOUD / LOUDEST), 0, 1)
    weights = np.concatenate([counts / len(benign), np.full(len(kept), len(quiet) / len(benign) / len(kept))])
    return np.concatenate([loud, kept]), weights


def rows_of(world, unknown, theta, random):
    """Rows to fit on and their weights; victims of a takeover are neither good nor bad."""
    parts = [benign_rows(world, theta, random)]
    kinds = [kind for kind in world.attacks if kind not in unknown]
    for kind in kinds:
        rows = np.flatnonzero((world.label == 1) & (world.kind == kind))
        parts.append((rows, np.full(len(rows), ATTACK_SHARE / len(kinds) / len(rows))))
    rows, weights = (np.concatenate(part) for part in zip(*parts))
    return rows, weights


def fit(worlds, unknown=()):
    random = np.random.default_rng(0)
    theta = None
    chosen = [rows_of(world, unknown, None, random) for world in worlds]
    for _ in range(ROUNDS):
        theta = fitted(worlds, chosen, theta)
    return fitted(worlds, [rows_of(world, unknown, theta, random) for world in worlds], theta)


def fitted(worlds, chosen, theta):
    """One logistic regression on the chosen rows of each world, from `theta` on."""
    attack = np.concatenate([world.label[rows] == 1 for world, (rows, _) in zip(worlds, chosen)])
    weight = np.concatenate([weights for _, weights in chosen]) / len(worlds)
    table = sparse.vstack([design(world, rows, theta) for world, (rows, _) in zip(worlds, chosen)], format="csr")
    turned = table.T.tocsr()

    def loss(t):
        z = table @ t[:-1].astype(np.float32) + t[-1]
        slope = weight * (1 / (1 + np.exp(-z)) - attack)
        value = weight @ (np.logaddexp(0, z) - attack * z) + RIDGE * (t[:R] ** 2).sum()
        by_weight = turned @ slope.astype(np.float32)
        by_weight[:R] += 2 * RIDGE * t[:R]
        return value, np.append(by_weight, slope.sum()).astype(np.float64)

    first = np.append(np.full(table.shape[1], 0.05), -4.0) if theta is None else theta
    bounds = [(0, LARGEST)] * table.shape[1] + [(None, None)]
    for f in job["weightless"]:
        for place in range(f, W, F):
            bounds[place] = (0, 0)
    return minimize(loss, first, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 120}).x


def judge(world, theta, kinds):
    """AUC, and recall averaged over attack kinds at the thresholds that 0.1 % and 1 % of benign events pass."""
    scores, benign = score(world, theta), world.label == 0
    loud = np.sort(scores[benign])[::-1]
    limits = [loud[int(share * len(loud))] for share in (0.001, 0.01)]
    of = [(world.label == 1) & (world.kind == kind) for kind in kinds]
    asked = benign | np.any(of, axis=0)
    recall = [np.mean([np.mean(scores[rows] > limit) for rows in of]) for limit in limits]
    return roc_auc_score(world.label[asked] == 1, scores[asked]), *recall


def show(title, world, theta, kinds):
    auc, recall01, recall1 = judge(world, theta, kinds)
    print(f"{title:24} {world.name:14} {auc:8.4f} {100 * recall01:9.1f} % {100 * recall1:9.1f} %", flush=True)


def carry_over(worlds):
    for api in sorted({world.api for world in worlds}):
        others = [world for world in worlds if world.api != api]
        if others:
            theta = fit(others)
            for world in worlds:
                if world.api == api:
                    show(f"the API kind {api}", world, theta, world.attacks)
    attacks = sorted({kind for world in worlds for kind in world.attacks})
    for fold in range(FOLDS):
        theta = fit(worlds, attacks[fold::FOLDS])
        for world in worlds:
            kinds = [kind for kind in attacks[fold::FOLDS] if kind in world.attacks]
            if kinds:
                show(f"{len(kinds)} attack kinds, fold {fold + 1}", world, theta, kinds)


def main():
    worlds = [World(**one) for one in job["worlds"]]
    print(f"{'not seen in the fit':24} {'world':14} {'AUC':>8} {'at 0.1 %':>11} {'at 1 %':>11}")
    if job["transfer"]:
        carry_over(worlds)
    theta = fit(worlds)
    for world in worlds:
        show("nothing", world, theta, world.attacks)
    decibels = DECIBELS * theta
    learnt = by_group(STEEPER * decibels)
    weights = [[list(of_group[:, f]) for of_group, _ in learnt] for f in range(F)]
    reliefs = [list(relief) for _, relief in learnt]
    json.dump({"weights": weights, "reliefs": reliefs, "evidence": list(decibels[-1 - len(STATUSES) : -1])}, open(sys.argv[2], "w"))


main()

"""Scores every event of the worlds given as KIND=FOLDER with the rivals of the laboratory.

Isolation forest (Liu et al. 2008, scikit-learn) and ECOD (Li et al. 2022, PyOD) see no labels: they are fitted on the
world itself. Gradient boosting (scikit-learn) is trained with the labels of sister worlds, of the same kind of API and
of other kinds: what is possible with labels. Writes rival-NAME.f32 (float32, one number an event) into each folder.
"""

import sys
import warnings

import numpy as np
from features import read_world
from pyod.models.ecod import ECOD
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest

warnings.filterwarnings("ignore")
ROWS_OF_A_SISTER = 60_000


def write(folder, name, scores):
    np.asarray(scores, dtype=np.float32).tofile(f"{folder}/rival-{name}.f32")


def boost(worlds):
    random = np.random.default_rng(1)
    parts = []
    for features, attack, usable in worlds:
        rows = np.flatnonzero(usable)
        if len(rows) > ROWS_OF_A_SISTER:
            rows = random.choice(rows, ROWS_OF_A_SISTER, replace=False)
        parts.append((features[rows], attack[rows]))
    model = HistGradientBoostingClassifier(max_iter=200, learning_rate=0.1, random_state=1)
    return model.fit(np.concatenate([f for f, _ in parts]), np.concatenate([a for _, a in parts]))


def outliers(names, worlds):
    for (_, folder), (features, *_) in zip(names, worlds):
        forest = IsolationForest(n_estimators=200, max_samples=1024, random_state=1).fit(features)
        write(folder, "iforest", -forest.score_samples(features))
        write(folder, "ecod", ECOD().fit(features).decision_scores_)
        print(f"{folder}: isolation forest and ECOD on {features.shape[1]} features", file=sys.stderr)


def boosting(names, worlds):
    for i, (kind, folder) in enumerate(names):
        same = [worlds[j] for j, (other, _) in enumerate(names) if j != i and other == kind]
        different = [worlds[j] for j, (other, _) in enumerate(names) if other != kind]
        for name, sisters in (("boost-same", same), ("boost-other", different)):
            if sisters:
                write(folder, name, boost(sisters).predict_proba(worlds[i][0])[:, 1])
        print(f"{folder}: gradient boosting", file=sys.stderr)


def main(rivals, *arguments):
    names = [argument.split("=", 1) for argument in arguments]
    worlds = [read_world(folder) for _, folder in names]
    {"outliers": outliers, "boosting": boosting}[rivals](names, worlds)


main(*sys.argv[1:])

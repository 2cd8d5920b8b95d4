"""Writes data.toml and cases.toml: what scikit-learn 1.2.1 (and SciPy 1.10.1, where it has more) makes of random, tied, degenerate,
weighted and multi-class data. Run it in this folder:  /usr/bin/python3 generate.py
What neither of them has is worked out below by its formula, in NumPy's double precision."""
import warnings

import numpy as np
from scipy import special, stats
from sklearn import calibration, metrics

warnings.filterwarnings("ignore")
random = np.random.RandomState(20)
data, cases = {}, []


class Data:
    """prediction (n x outputs), target and weights, as the plugins get them: float32 (exact in double), or int for class indices."""

    def __init__(self, name, outputs, truth, sample_weights, **problem):
        self.name, self.problem = name, problem
        self.prediction = np.asarray(outputs, np.float32).astype(float)
        self.prediction = self.prediction.reshape(len(truth), -1)
        self.target = np.asarray(truth) if np.asarray(truth).dtype.kind == "i" else np.asarray(truth, np.float32).astype(float)
        self.weights = np.asarray(sample_weights, np.float32).astype(float)
        data[name] = self

    @property
    def labels(self):
        """Class indices of one-hot rows, too."""
        return self.target if self.target.ndim == 1 else self.target.argmax(1)

    @property
    def probabilities(self):
        """n x classes (n x outputs of independent questions)."""
        p, logits, independent = self.prediction, self.problem["prediction"] == "logits", self.problem.get("independent")
        if p.shape[1] == 1:
            p = special.expit(p) if logits else p
            return np.hstack([1 - p, p])
        return (special.expit(p) if independent else special.softmax(p, axis=1)) if logits else p

    @property
    def answers(self):
        return self.probabilities.argmax(1) if self.prediction.shape[1] > 1 else (self.probabilities[:, 1] > 0.5).astype(int)


def weights(n):
    return random.choice([0, 1, 1, 1], n) * random.uniform(0.1, 3, n)


def softmax(n, classes, scale=1.5):
    return special.softmax(random.normal(0, scale, (n, classes)), axis=1)


N = 60
two = dict(prediction="probabilities", independent=True)
p = random.uniform(0.02, 0.98, N)
Data("binary", p, (random.uniform(0, 1, N) < 0.2 + 0.6 * p).astype(int), weights(N), **two)
Data("binary_tied", np.round(p * 8) / 8, (random.uniform(0, 1, N) < p).astype(int), weights(N), **two)
Data("binary_constant", np.full(20, 0.75), random.randint(0, 2, 20), weights(20), **two)
Data("binary_ones", random.uniform(0, 1, 20), np.ones(20, int), weights(20), **two)
Data("binary_zeros", random.uniform(0, 1, 20), np.zeros(20, int), weights(20), **two)
Data("binary_logits", random.normal(0, 2, N), random.randint(0, 2, N), weights(N), prediction="logits", independent=True)
Data("two_logits", random.normal(0, 2, (N, 2)), random.randint(0, 2, N), weights(N), prediction="logits")
many = dict(prediction="probabilities")
p = softmax(N, 4)
label = np.array([random.choice(4, p=row) for row in p])
Data("classes", p, label, weights(N), **many)
Data("classes_one_hot", p[:30], np.eye(4)[label[:30]], weights(30), target="one_hot", **many)
Data("classes_tied", random.multinomial(4, [0.25] * 4, N) / 4, label, weights(N), **many)
Data("classes_absent", np.hstack([softmax(N, 3), np.zeros((N, 1))]), random.randint(0, 3, N), weights(N), **many)
Data("classes_constant", np.tile([0.125, 0.5, 0.25, 0.125], (20, 1)), random.randint(0, 4, 20), weights(20), **many)
Data("classes_one_only", softmax(20, 4), np.full(20, 2), weights(20), **many)
Data("classes_logits", random.normal(0, 3, (N, 4)), label, weights(N), prediction="logits")
Data("questions", random.uniform(0, 1, (N, 3)), random.randint(0, 2, (N, 3)).astype(float), weights(N), **two)
Data("questions_absent", random.uniform(0, 1, (20, 3)), random.randint(0, 2, (20, 3)) * [1.0, 0, 1], weights(20), **two)
value = dict(prediction="values")
t = random.normal(0, 2, (N, 2))
Data("values", t + random.normal(0, 1, (N, 2)), t, weights(N), **value)
Data("value", t[:, :1] + random.normal(0, 1, (N, 1)), t[:, :1], weights(N), **value)
Data("value_tied", random.randint(0, 5, (N, 1)), random.randint(0, 5, (N, 1)).astype(float), random.randint(0, 4, N), **value)
Data("value_odd", random.normal(0, 1, (21, 1)), random.normal(0, 1, (21, 1)), weights(21), **value)
Data("value_constant_target", random.normal(0, 1, (20, 1)), np.full((20, 1), 0.1), weights(20), **value)
Data("value_constant_prediction", np.full((20, 1), 0.1), random.normal(0, 1, (20, 1)), weights(20), **value)
Data("value_equal", t[:20, :1], t[:20, :1], weights(20), **value)
Data("value_far", 1e6 + 4 * random.randint(0, 9, (N, 1)), 1e6 + 4.0 * random.randint(0, 9, (N, 1)), weights(N), **value)
Data("value_single", [[1.5]], [[2.5]], [2], **value)
Data("positive", random.uniform(0.1, 5, (N, 2)), random.poisson(2, (N, 2)).astype(float), weights(N), **value)
Data("signs", random.normal(0, 1, (N, 3)), random.choice([-1.0, 1.0], (N, 3)), weights(N), **value)
Data("parts", softmax(N, 3), softmax(N, 3), weights(N), target="values", **many)
Data("relevance", random.normal(0, 1, (N, 6)), random.choice([0.0, 0, 1, 2, 3], (N, 6)), weights(N), **value)
relevant = random.choice([0.0, 0, 0, 1, 2], (N, 5))
relevant[:4] = 0
Data("relevance_tied", random.randint(0, 3, (N, 5)), relevant, weights(N), **value)
# Rows as long as those that become vectors, in numbers of few digits.
t = np.round(random.normal(0, 2, (8, 300)), 2)
Data("wide_values", np.round(t + random.normal(0, 1, t.shape), 2), t, weights(8), **value)
Data("wide_classes", np.round(random.normal(0, 2, (30, 100)), 2), random.randint(0, 5, 30), weights(30), prediction="logits")


def each(names, reference, plugin, keys=None, **parameters):
    """One case for each data set, and one more with its weights. `reference(data, weights)` gives the value, or a dict of them."""
    for name in names:
        for weighted in (False, True):
            one = data[name]
            found = reference(one, one.weights if weighted else np.ones(len(one.target)))
            if not isinstance(found, dict):
                found = {plugin: found} if np.ndim(found) == 0 else {f"{plugin}_{i}": value for i, value in enumerate(found)}
            cases.append((plugin, name, weighted, parameters, found))


BINARY = ["binary", "binary_tied", "binary_constant", "binary_ones", "binary_zeros", "binary_logits", "two_logits"]
CLASSES = ["classes", "classes_one_hot", "classes_tied", "classes_absent", "classes_constant", "classes_one_only", "classes_logits"]
QUESTIONS = ["questions", "questions_absent"]
VALUES = ["value", "value_tied", "value_odd", "value_constant_target", "value_constant_prediction", "value_equal", "value_far"]


def all_labels(d):
    return np.arange(d.probabilities.shape[1])


# ---- Counts of answers --------------------------------------------------------------------------------------------------------------
each(BINARY + CLASSES, lambda d, w: metrics.accuracy_score(d.labels, d.answers, sample_weight=w), "accuracy")
each(QUESTIONS, lambda d, w: np.average(((d.prediction > 0.5) == d.target).mean(1), weights=w), "accuracy")
each(["binary"], lambda d, w: metrics.accuracy_score(d.labels, d.prediction[:, 0] > 0.3, sample_weight=w), "accuracy", threshold=0.3)


def answered(d):
    return ((d.prediction > 0.5).astype(int), d.target.astype(int)) if d.target.ndim == 2 and d.name in QUESTIONS else (d.answers, d.labels)


SCORES = {"precision": metrics.precision_score, "recall": metrics.recall_score, "f1": metrics.f1_score}
for plugin, score in SCORES.items():
    for zero in (0, 1):
        def reference(d, w, average, **more):
            found, true = answered(d)
            more = {"pos_label": 1} if average == "binary" else {"labels": range(d.probabilities.shape[1])}
            return score(true, found, average=None if average == "none" else average, sample_weight=w, zero_division=zero, **more)
        for average in ("micro", "macro", "weighted", "none"):
            each(["classes", "classes_absent", "classes_constant", "questions_absent"], lambda d, w: reference(d, w, average), plugin,
                 average=average, zero_division=str(zero))
        each(BINARY, lambda d, w: reference(d, w, "binary"), plugin, zero_division=str(zero))
each(["classes", "classes_tied"], lambda d, w: {"fbeta": metrics.fbeta_score(d.labels, d.answers, beta=2.5, average="macro", sample_weight=w)},
     "f1", beta=2.5)
each(["binary"], lambda d, w: {f"precision_at_{t}": metrics.precision_score(d.labels, d.prediction[:, 0] > t, sample_weight=w, zero_division=0)
                               for t in (0.25, 0.5, 0.9)}, "precision", threshold=[0.25, 0.5, 0.9])
each(["classes"], lambda d, w: np.average([l in np.argsort(-p)[:2] for l, p in zip(d.labels, d.prediction)], weights=w) / 2, "precision",
     top_k=2, average="micro")
each(["classes"], lambda d, w: np.average([l in np.argsort(-p)[:2] for l, p in zip(d.labels, d.prediction)], weights=w), "recall",
     top_k=2, average="micro")

for plugin, (row, column) in {"true_positives": (1, 1), "false_positives": (0, 1), "true_negatives": (0, 0), "false_negatives": (1, 0)}.items():
    def reference(d, w):
        found, true = answered(d)
        return metrics.multilabel_confusion_matrix(true, found, sample_weight=w, labels=range(d.probabilities.shape[1]))[:, row, column]
    each(BINARY, lambda d, w: reference(d, w)[1], plugin)
    each(["classes", "questions"], lambda d, w: reference(d, w).sum(), plugin)
    each(["classes_absent", "questions_absent"], reference, plugin, average="none")

each(BINARY + CLASSES, lambda d, w: metrics.balanced_accuracy_score(d.labels, d.answers, sample_weight=w), "balanced_accuracy")
each(["binary", "classes", "classes_absent"], lambda d, w: metrics.balanced_accuracy_score(d.labels, d.answers, sample_weight=w, adjusted=True),
     "balanced_accuracy", adjusted=True)
each(BINARY + CLASSES, lambda d, w: metrics.matthews_corrcoef(d.labels, d.answers, sample_weight=w), "mcc")
for kind in ("none", "linear", "quadratic"):
    each(["binary", "classes", "classes_tied", "classes_constant"],
         lambda d, w: metrics.cohen_kappa_score(d.labels, d.answers, labels=all_labels(d), sample_weight=w, weights=None if kind == "none" else kind),
         "cohen_kappa", weights=kind)
for average in ("micro", "macro", "weighted", "none"):
    each(["binary", "classes", "classes_absent"],
         lambda d, w: metrics.jaccard_score(d.labels, d.answers, labels=all_labels(d), sample_weight=w, zero_division=0,
                                            average=None if average == "none" else average),
         "mean_iou", average=average, zero_division="0")
for kind, theirs in {"none": None, "class": "true", "answer": "pred", "all": "all"}.items():
    each(["binary", "classes_absent"],
         lambda d, w: {f"confusion_matrix_{i}_as_{j}": value for (i, j), value in np.ndenumerate(
             metrics.confusion_matrix(d.labels, d.answers, labels=all_labels(d), sample_weight=w, normalize=theirs))},
         "confusion_matrix", normalize=kind)


def report(d, w):
    found, true = answered(d)
    names = [str(i) for i in all_labels(d)] if d.name not in QUESTIONS else [str(i) for i in range(d.target.shape[1])]
    table = metrics.classification_report(true, found, labels=range(len(names)), target_names=names, sample_weight=w, output_dict=True,
                                          zero_division=0)
    values = {}
    for line in names + (["micro"] if d.name in QUESTIONS else []) + ["macro", "weighted"]:
        row = table[line if line in names else line + " avg"]
        for theirs, ours in {"precision": "precision", "recall": "recall", "f1-score": "f1", "support": "support"}.items():
            if line in names or ours != "support":
                values[f"{line}_{ours}"] = row[theirs]
    return values


each(["binary", "binary_ones", "classes", "classes_absent", "classes_constant"] + QUESTIONS, report, "classification_report")


# ---- Curves -------------------------------------------------------------------------------------------------------------------------
def columns(d):
    """(truth, scores) of each class, against the rest."""
    p = d.probabilities
    truth = d.target if d.name in QUESTIONS else np.eye(p.shape[1])[d.labels]
    return [(truth[:, i], p[:, i]) for i in range(p.shape[1])]


def averaged(number, average, undefined=np.nan):
    def reference(d, w):
        parts = columns(d)
        if average == "micro":
            return number(*[np.concatenate(x) for x in zip(*parts)], np.tile(w, len(parts)))
        found = [number(truth, score, w) for truth, score in parts]
        if average == "none":
            return found
        share = [(truth * w).sum() if average == "weighted" else 1 for truth, _ in parts]
        defined = [i for i in range(len(found)) if not np.isnan(found[i])]
        if not sum(share[i] for i in defined):
            return undefined
        return np.average([found[i] for i in defined], weights=[share[i] for i in defined])
    return reference


def roc(truth, score, w):
    one_class = len(set(truth[w > 0])) < 2
    return np.nan if one_class else metrics.roc_auc_score(truth, score, sample_weight=w)


def pr(truth, score, w):
    if not (truth * w).any():
        return np.nan
    precision, recall, _ = metrics.precision_recall_curve(truth, score, sample_weight=w)
    return metrics.auc(recall, precision)


def ap(truth, score, w):
    return metrics.average_precision_score(truth, score, sample_weight=w) if (truth * w).any() else 0


def at_recall(least):
    def number(truth, score, w):
        if not (truth * w).any():
            return 0
        keep = w > 0
        precision, recall, _ = metrics.precision_recall_curve(truth[keep], score[keep], sample_weight=w[keep])
        return precision[:-1][recall[:-1] >= least - 1e-12].max()
    return number


def at_specificity(least):
    def number(truth, score, w):
        if len(set(truth[w > 0])) < 2:
            return 0
        alarms, found, _ = metrics.roc_curve(truth, score, sample_weight=w, drop_intermediate=False)
        return found[1 - alarms >= least - 1e-12].max()
    return number


def at_sensitivity(least):
    def number(truth, score, w):
        if len(set(truth[w > 0])) < 2:
            return 0
        alarms, found, _ = metrics.roc_curve(truth, score, sample_weight=w, drop_intermediate=False)
        return (1 - alarms)[found >= least - 1e-12].max()
    return number


def at_precision(least):
    def number(truth, score, w):
        if not truth[w > 0].any():
            return 0
        precision, recall, _ = metrics.precision_recall_curve(truth, score, sample_weight=w)
        return recall[precision >= least - 1e-12].max()
    return number


CURVES = {"auc": (roc, {}), "average_precision": (ap, {}), "precision_at_recall": (at_recall(0.6), {"recall": 0.6}),
          "sensitivity_at_specificity": (at_specificity(0.7), {"specificity": 0.7})}
for plugin, (number, parameters) in CURVES.items():
    each(BINARY, lambda d, w: number(d.labels, d.probabilities[:, 1], w), plugin, **parameters)
    for average in ("micro", "macro", "weighted", "none"):
        each(["classes", "classes_tied", "classes_absent", "classes_constant", "classes_logits", "questions", "questions_absent"],
             averaged(number, average, 0 if plugin != "auc" else np.nan), plugin, average=average, **parameters)
each(BINARY, lambda d, w: pr(d.labels, d.probabilities[:, 1], w), "auc", curve="pr")
each(["classes", "classes_tied", "classes_one_hot"], averaged(pr, "macro"), "auc", curve="pr")
# The same by scikit-learn's own averages, where it has them.
for average in ("macro", "weighted"):
    each(["classes", "classes_tied", "classes_one_hot"],
         lambda d, w: metrics.roc_auc_score(d.labels, d.probabilities, sample_weight=w, average=average, multi_class="ovr"), "auc", average=average)
for average in ("micro", "macro", "weighted"):
    each(["questions"], lambda d, w: metrics.roc_auc_score(d.target, d.prediction, sample_weight=w, average=average), "auc", average=average)
    each(["questions"], lambda d, w: metrics.average_precision_score(d.target, d.prediction, sample_weight=w, average=average),
         "average_precision", average=average)
each(["binary", "binary_logits"], lambda d, w: roc(d.labels, np.floor(d.probabilities[:, 1] * 20), w), "auc", bins=20)
each(["classes", "questions"], averaged(lambda truth, score, w: roc(truth, np.floor(score * 20), w), "macro"), "auc", bins=20)
each(["classes"], averaged(lambda truth, score, w: ap(truth, np.floor(score * 20), w), "micro"), "average_precision", bins=20, average="micro")


# ---- Probabilities ------------------------------------------------------------------------------------------------------------------
each(["binary", "binary_tied", "binary_constant", "binary_ones", "binary_logits", "two_logits"],
     lambda d, w: metrics.brier_score_loss(d.labels, d.probabilities[:, 1], sample_weight=w, pos_label=1), "brier")
each(["classes", "classes_one_hot", "classes_logits"],
     lambda d, w: np.average(((d.probabilities - np.eye(4)[d.labels]) ** 2).sum(1), weights=w), "brier")
each(["questions"], lambda d, w: np.average(((d.prediction - d.target) ** 2).mean(1), weights=w), "brier")
each(["binary_logits", "two_logits", "classes_logits"],
     lambda d, w: np.exp(metrics.log_loss(d.labels, d.probabilities, sample_weight=w, labels=all_labels(d))), "perplexity")
each(["binary", "classes", "classes_one_hot"],
     lambda d, w: np.exp(np.average(-np.log(d.probabilities[np.arange(len(d.labels)), d.labels]), weights=w)), "perplexity")
each(["parts"], lambda d, w: np.average(special.rel_entr(d.target, d.prediction).sum(1), weights=w), "kl_divergence")
each(["classes_logits"], lambda d, w: metrics.log_loss(d.labels, d.probabilities, sample_weight=w, labels=range(4)), "kl_divergence")


def asked(d):
    """(came true, promised probability): of class 1 of two, else of the likeliest class."""
    if d.probabilities.shape[1] == 2:
        return d.labels, d.probabilities[:, 1]
    return (d.answers == d.labels).astype(int), d.probabilities.max(1)


def gaps(d, w, bins):
    true, promised = asked(d)
    place = np.clip(np.ceil(promised * bins) - 1, 0, bins - 1)
    inside = [place == bin for bin in range(bins) if w[place == bin].any()]
    return (np.array([abs(np.average(promised[i], weights=w[i]) - np.average(true[i], weights=w[i])) for i in inside]),
            np.array([w[i].sum() / w.sum() for i in inside]))


CALIBRATED = ["binary", "binary_tied", "binary_logits", "two_logits", "classes", "classes_tied", "classes_logits"]
each(CALIBRATED, lambda d, w: np.dot(*gaps(d, w, 15)), "calibration_error")
each(CALIBRATED, lambda d, w: gaps(d, w, 7)[0].max(), "calibration_error", bins=7, norm="max")
each(CALIBRATED, lambda d, w: np.sqrt((gaps(d, w, 7)[0] ** 2 * gaps(d, w, 7)[1]).sum()), "calibration_error", bins=7, norm="l2")
for one in CALIBRATED:
    true, promised = calibration.calibration_curve(*asked(data[one]), n_bins=7)
    cases.append(("calibration_error", one, False, dict(bins=7, norm="max"), {"calibration_error": abs(true - promised).max()}))

# ---- Values -------------------------------------------------------------------------------------------------------------------------
for plugin, theirs in {"mae": metrics.mean_absolute_error, "mse": metrics.mean_squared_error}.items():
    each(VALUES + ["values"], lambda d, w: theirs(d.target, d.prediction, sample_weight=w), plugin)
rmse = lambda d, w, **more: metrics.mean_squared_error(d.target, d.prediction, sample_weight=w, squared=False, **more)
each(VALUES + ["values"], rmse, "rmse")
each(["values"], lambda d, w: rmse(d, w, multioutput="raw_values"), "rmse", average="none")
each(["values"], lambda d, w: np.sqrt(metrics.mean_squared_error(d.target, d.prediction, sample_weight=w)), "rmse", average="micro")
r2 = lambda d, w, **more: metrics.r2_score(d.target, d.prediction, sample_weight=w, **more)
each(VALUES + ["values", "value_single"], r2, "r2")
each(["values"], lambda d, w: r2(d, w, multioutput="raw_values"), "r2", average="none")
each(["values", "value_constant_target"], lambda d, w: r2(d, w, multioutput="variance_weighted"), "r2", average="variance_weighted")
each(VALUES + ["values"], lambda d, w: metrics.mean_absolute_percentage_error(d.target, d.prediction, sample_weight=w), "mape", percent=False,
     epsilon=np.finfo(float).eps)
each(["positive"], lambda d, w: metrics.mean_squared_log_error(d.target, d.prediction, sample_weight=w), "msle")
each(["positive"], lambda d, w: np.mean([metrics.mean_poisson_deviance(d.target[:, i], d.prediction[:, i], sample_weight=w) for i in (0, 1)]),
     "poisson", deviance=True, log_input=False, epsilon=0.0)
each(["positive"], lambda d, w: np.average((d.prediction - d.target * np.log(d.prediction + 1e-7)).mean(1), weights=w), "poisson",
     log_input=False, epsilon=1e-7)
each(["values"], lambda d, w: np.average((np.exp(d.prediction) - d.target * d.prediction).mean(1), weights=w), "poisson")
each(["values"], lambda d, w: np.average(np.log(np.cosh(d.prediction - d.target)).mean(1), weights=w), "log_cosh")
each(["signs"], lambda d, w: np.average(np.maximum(0, 1 - d.target * d.prediction).mean(1), weights=w), "hinge")
each(["binary_logits"], lambda d, w: metrics.hinge_loss(d.labels, d.prediction[:, 0], sample_weight=w), "hinge")
each(["classes_logits"], lambda d, w: metrics.hinge_loss(d.labels, d.prediction, sample_weight=w, labels=range(4)), "hinge")
each(["values", "parts"], lambda d, w: np.average(1 - metrics.pairwise.paired_cosine_distances(d.target, d.prediction), weights=w),
     "cosine_similarity")
for name in VALUES + ["values"]:
    one = data[name]
    theirs = metrics.median_absolute_error(one.target, one.prediction)
    cases.append(("median_absolute_error", name, False, {}, {"median_absolute_error": theirs}))
    theirs = metrics.median_absolute_error(one.target, one.prediction, sample_weight=one.weights)
    cases.append(("median_absolute_error", name, True, {}, {"median_absolute_error": theirs}))
    largest = [metrics.max_error(one.target[:, i], one.prediction[:, i]) for i in range(one.target.shape[1])]
    cases.append(("max_error", name, False, dict(average="none"), {f"max_error_{i}": value for i, value in enumerate(largest)}))


def moments(x, y, w):
    center = lambda z: z - np.average(z, weights=w)
    return [np.average(a * b, weights=w) for a, b in ((center(x), center(x)), (center(y), center(y)), (center(x), center(y)))]


def pearson(x, y, w):
    xx, yy, xy = moments(x, y, w)
    return xy / np.sqrt(xx * yy) if np.ptp(x[w > 0]) and np.ptp(y[w > 0]) else np.nan


def concordance(x, y, w):
    xx, yy, xy = moments(x, y, w)
    return 2 * xy / (xx + yy + (np.average(x, weights=w) - np.average(y, weights=w)) ** 2)


both = lambda number: lambda d, w: np.mean([number(d.prediction[:, i], d.target[:, i], w) for i in range(d.target.shape[1])])
each(VALUES + ["values"], both(pearson), "pearson")
each(VALUES + ["values"], both(concordance), "concordance")
for name in ("value", "value_tied", "value_odd", "value_far"):
    x, y = data[name].prediction[:, 0], data[name].target[:, 0]
    cases.append(("pearson", name, False, {}, {"pearson": stats.pearsonr(x, y)[0]}))
    cases.append(("spearman", name, False, {}, {"spearman": stats.spearmanr(x, y)[0]}))
cases.append(("spearman", "value_constant_target", False, {}, {"spearman": np.nan}))
tied = data["value_tied"]  # whole weights: so many times the sample
repeated = [np.repeat(z[:, 0], tied.weights.astype(int)) for z in (tied.prediction, tied.target)]
cases.append(("spearman", "value_tied", True, {}, {"spearman": stats.spearmanr(*repeated)[0]}))
cases.append(("pearson", "value_tied", True, {}, {"pearson": stats.pearsonr(*repeated)[0]}))

# ---- Orders -------------------------------------------------------------------------------------------------------------------------
for k in (1, 2, 3):
    each(["classes", "classes_tied", "classes_one_hot", "classes_absent", "classes_constant"],
         lambda d, w: metrics.top_k_accuracy_score(d.labels, d.prediction, k=k, sample_weight=w, labels=range(4)), "top_k_accuracy", k=k)
for k in (None, 1, 3):
    more = {} if k is None else {"k": k}
    each(["relevance", "relevance_tied"], lambda d, w: metrics.ndcg_score(d.target, d.prediction, k=k, sample_weight=w), "ndcg", **more)
each(["relevance", "relevance_tied"], lambda d, w: metrics.ndcg_score(2 ** d.target - 1, d.prediction, sample_weight=w), "ndcg",
     gain="exponential")
each(["classes_tied"], lambda d, w: metrics.ndcg_score(np.eye(4)[d.labels], d.prediction, sample_weight=w), "ndcg")


def hit_rate(d, w, k):
    found = [(t[np.argsort(p)[::-1][:k]] > 0).any() for t, p in zip(d.target, d.prediction)]
    some = (d.target > 0).any(1)
    return np.average(np.array(found)[some], weights=w[some])


for k in (1, 3):
    each(["relevance"], lambda d, w: hit_rate(d, w, k), "hit_rate", k=k)

# ---- Wide rows ----------------------------------------------------------------------------------------------------------------------
each(["wide_values"], lambda d, w: metrics.mean_absolute_error(d.target, d.prediction, sample_weight=w), "mae")
each(["wide_values"], lambda d, w: metrics.mean_squared_error(d.target, d.prediction, sample_weight=w), "mse")
each(["wide_values"], lambda d, w: np.average(np.log(np.cosh(d.prediction - d.target)).mean(1), weights=w), "log_cosh")
each(["wide_values"], lambda d, w: np.average(1 - metrics.pairwise.paired_cosine_distances(d.target, d.prediction), weights=w),
     "cosine_similarity")
each(["wide_values"], lambda d, w: np.average(np.maximum(0, 1 - np.where(d.target > 0, 1, -1) * d.prediction).mean(1), weights=w), "hinge")
each(["wide_classes"], lambda d, w: metrics.accuracy_score(d.labels, d.answers, sample_weight=w), "accuracy")
each(["wide_classes"], lambda d, w: metrics.recall_score(d.labels, d.answers, labels=range(100), sample_weight=w, average="weighted"),
     "recall", average="weighted")
each(["wide_classes"], lambda d, w: metrics.top_k_accuracy_score(d.labels, d.prediction, k=20, sample_weight=w, labels=range(100)),
     "top_k_accuracy", k=20)
each(["wide_classes"], lambda d, w: np.exp(metrics.log_loss(d.labels, d.probabilities, sample_weight=w, labels=range(100))), "perplexity")
each(["wide_classes"], lambda d, w: np.average(((d.probabilities - np.eye(100)[d.labels]) ** 2).sum(1), weights=w), "brier")
each(["wide_classes"], averaged(roc, "weighted"), "auc", average="weighted")


# ---- Files --------------------------------------------------------------------------------------------------------------------------
def text(value):
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (int, np.integer)):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(text, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{key}" = {text(v)}' for key, v in value.items()) + " }"
    return repr(float(value))


def short(value):
    """The fewest digits that make the same float32."""
    return np.format_float_positional(np.float32(value), trim="-")


def rows(values):
    return "[" + ", ".join("[" + ", ".join(map(short, row)) + "]" for row in values) + "]"


# ---- Later ones, at the end so that what stands above stays as it is -----------------------------------------------------------------
for plugin, number, parameters in (("recall_at_precision", at_precision(0.6), dict(precision=0.6)),
                                   ("specificity_at_sensitivity", at_sensitivity(0.7), dict(sensitivity=0.7))):
    each(["binary", "binary_tied", "binary_constant", "binary_ones", "binary_zeros", "binary_logits"],
         lambda d, w: number(d.labels == 1, d.prediction[:, 0], w), plugin, **parameters)
    each(["classes"], lambda d, w: [number(d.labels == c, d.prediction[:, c], w) for c in range(d.prediction.shape[1])], plugin,
         average="none", **parameters)
each(["signs", "wide_values"],
     lambda d, w: np.average((np.maximum(0, 1 - np.where(d.target > 0, 1, -1) * d.prediction) ** 2).mean(1), weights=w), "squared_hinge")
each(["binary_logits"], lambda d, w: np.average(np.maximum(0, 1 - (2 * d.labels - 1) * d.prediction[:, 0]) ** 2, weights=w),
     "squared_hinge")


def margins(d):
    right = np.take_along_axis(d.prediction, d.labels[:, None], 1)[:, 0]
    rivals = d.prediction.copy()
    np.put_along_axis(rivals, d.labels[:, None], -np.inf, 1)
    return right - rivals.max(1)


each(["classes_logits"], lambda d, w: np.average(np.maximum(0, 1 - margins(d)) ** 2, weights=w), "squared_hinge")


def huber(e):
    return np.where(e <= 0.5, e * e / 2, 0.5 * (e - 0.25))


each(["values"], lambda d, w: {"loss_huber": np.average(huber(abs(d.prediction - d.target)).mean(1), weights=w)}, "loss",
     loss=dict(plugin="huber", delta=0.5, reduction="weighted_mean"))

with open("data.toml", "w") as file:
    file.write("# Written by generate.py.\n")
    for name, one in data.items():
        index = one.target.dtype.kind == "i"
        target = "[" + ", ".join(map(str, one.target)) + "]" if index else rows(one.target)
        weights_text = "[" + ", ".join(map(short, one.weights)) + "]"
        file.write(f"\n[{name}]\nproblem = {text(one.problem)}\nprediction = {rows(one.prediction)}\ntarget = {target}\n"
                   f"weights = {weights_text}\n")
with open("cases.toml", "w") as file:
    file.write("# Written by generate.py: what each metric should be on the data of data.toml.\n")
    for plugin, name, weighted, parameters, values in cases:
        file.write(f'\n[[case]]\nmetric = "{plugin}"\ndata = "{name}"\nweighted = {text(weighted)}\n')
        if parameters:
            file.write(f"parameters = {text(parameters)}\n")
        file.write(f"values = {text(values)}\n")
print(len(data), "data sets,", len(cases), "cases")

"""Arrivals in the demo city: who reports what, when and where, before any handling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from data.city.profile import Profile, Surge
from data.demo.calibration import AFFINITY, SEASON, SILENT_MINUTES, STORM, SURGE_HOURS, SURGE_SHARE, Dirt
from data.demo.tempo import CITIZEN_HOURS, DAY, HALF_HOUR, HOUR, PATROL_HOURS, VIDEO_HOURS, Tempo
from data.types.arrays import Floats, Ints
from geo.synthesise import Coverage


@dataclass(frozen=True)
class Reports:
    """n events in the order of their reports; codes are positions in the city's lists, ``cell`` in the coverage."""

    at: Ints  # ms
    channel: Ints
    category: Ints
    cell: Ints
    town: Ints  # 0 .. towns - 1
    duplicate_of: Ints  # position of the first report, -1 = none
    linked_to: Ints


class Places:
    """Where events happen: cell weights of each network, cells sorted by town."""

    def __init__(self, profile: Profile, city: Coverage, rng: np.random.Generator) -> None:
        cells = city.finest
        town = city.top[cells]
        order = np.argsort(town, kind="stable")
        self.cells, self.town = cells[order], town[order]
        self.first = np.searchsorted(self.town, np.arange(len(city.at(1)) + 1))
        people = city.population[self.cells].astype(float)
        lively = rng.lognormal(0.0, 0.8, len(self.cells))  # hot spots shared by all networks
        flavours = max(1, len(profile.networks))
        weight = people**0.85 * lively * rng.lognormal(0.0, 0.6, (flavours, len(self.cells)))
        self.town_weight = np.stack([np.add.reduceat(w, self.first[:-1]) for w in weight])
        self.town_weight /= self.town_weight.sum(axis=1, keepdims=True)
        self._cumulated = np.cumsum(weight, axis=1)

    def pick(self, network: Ints, town: Ints, u: Floats) -> Ints:
        """A cell (position in the coverage) for each event's network and town, from a uniform random number."""
        out = np.empty(len(town), np.int64)
        for k in range(len(self._cumulated)):
            mine = network == k
            total = np.concatenate([[0.0], self._cumulated[k]])
            low, high = total[self.first[town[mine]]], total[self.first[town[mine] + 1]]
            at = np.searchsorted(total, low + u[mine] * (high - low), side="right") - 1
            out[mine] = np.clip(at, self.first[town[mine]], self.first[town[mine] + 1] - 1)
        return self.cells[out]


def channel_shares(profile: Profile) -> Floats:
    share = np.array([c.share for c in profile.channels])
    return np.asarray(share / share.sum())


def category_table(profile: Profile) -> Floats:
    """(channels, categories): distribution of each channel's reports over the categories; rows sum to 1."""
    table = np.zeros((len(profile.channels), len(profile.categories)))
    for i, channel in enumerate(profile.channels):
        for j, category in enumerate(profile.categories):
            affinity = AFFINITY.get(channel.kind, {}).get(category.network, 1.0)
            table[i, j] = category.share * (affinity if channel.only is None else float(channel.only == category.code))
        if table[i].sum() == 0:
            table[i] = [c.share for c in profile.categories]
    return np.asarray(table / table.sum(axis=1, keepdims=True))


def seasons(profile: Profile) -> Floats:
    """(13, categories): the factor on each category by month, 1 .. 12."""
    index = {c.code: j for j, c in enumerate(profile.categories)}
    season = np.ones((13, len(index)))
    for code, (months, factor) in SEASON.items():
        if code in index:
            rest = (12 - factor * len(months)) / (12 - len(months))
            season[1:, index[code]] = max(rest, 0.2)
            season[list(months), index[code]] = factor
    return season


def networks_of(profile: Profile) -> Ints:
    """The network's position of each category."""
    index = {n.code: i for i, n in enumerate(profile.networks)}
    return np.array([index.get(c.network, 0) for c in profile.categories], np.int64)


def matter_of_the_day(profile: Profile, places: Places, local: datetime, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """(channel, category, town, cell) of one report at a local time; each day one matter is more frequent in one town."""
    by_kind = {"patrol": PATROL_HOURS, "system": VIDEO_HOURS}
    share = channel_shares(profile) * [
        float(h[local.hour] / h.sum()) + 0.002 for h in (by_kind.get(c.kind, CITIZEN_HOURS) for c in profile.channels)
    ]
    channel = int(rng.choice(len(share), p=share / share.sum()))
    category = int(rng.choice(len(profile.categories), p=category_table(profile)[channel]))
    network = int(networks_of(profile)[category])
    town = int(rng.choice(places.town_weight.shape[1], p=places.town_weight[network]))
    today = np.random.default_rng([local.toordinal(), 12])
    matter, where = int(today.integers(len(profile.categories))), int(today.integers(places.town_weight.shape[1]))
    if 9 <= local.hour < 18 and rng.random() < 0.05 and not profile.categories[matter].sensitive:
        category, network, town = matter, int(networks_of(profile)[matter]), where
    return channel, category, town, int(places.pick(np.array([network]), np.array([town]), rng.random(1))[0])


def draw_reports(
    profile: Profile, places: Places, tempo: Tempo, first: int, now: int, n: int, dirt: Dirt, rng: np.random.Generator
) -> Reports:
    """Exactly n events reported in [first, now), drawn from overdispersed (negative binomial) day counts."""
    matter = profile.demo.surge
    surge = round(SURGE_SHARE * n * DAY / (now - first) * SURGE_HOURS / 24 * 0.75) if matter else 0
    channel, at = _moments(profile, tempo, first, now, n - surge, rng)
    category = _categories(profile, tempo, channel, at, rng)
    town = _towns(places, tempo, networks_of(profile)[category], at, rng)
    if matter and surge:
        own = _surge(profile, matter, tempo, now, surge, rng)
        channel, at = np.concatenate([channel, own[0]]), np.concatenate([at, own[1]])
        category, town = np.concatenate([category, own[2]]), np.concatenate([town, own[3]])
    order = np.argsort(at, kind="stable")
    channel, at, category, town = channel[order], at[order], category[order], town[order]
    linked = _earlier(at, town, category, dirt.linked, 4000, 30 * DAY, rng)
    duplicate = _earlier(at, town, category, dirt.duplicate, 90, 6 * HOUR, rng)
    linked[(duplicate >= 0) | (category[np.maximum(linked, 0)] != category)] = -1
    cell = places.pick(networks_of(profile)[category], town, rng.random(n))
    cell = np.where(duplicate >= 0, cell[np.maximum(duplicate, 0)], cell)
    return Reports(at, channel, category, cell, town, duplicate, linked)


def _moments(profile: Profile, tempo: Tempo, first: int, now: int, n: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Channel and instant of each report: one draw over channel x half hour, so that ``now`` cuts the day correctly."""
    begin, end = tempo.edges[:-1], tempo.edges[1:]
    inside = np.clip(np.minimum(end, now) - np.maximum(begin, first), 0, None) / HALF_HOUR
    days = len(tempo.weekday)
    day = tempo.day - tempo.first_day
    half = (tempo.hour * 2).astype(int) // 2
    both = rng.gamma(1 / 0.016, 0.016, days)  # a busy day is busy on all channels
    both[int(tempo.local_day(np.array([now]))[0])] = 1.08  # the wall opens on a day slightly above its usual
    shares = channel_shares(profile)
    weight = np.empty((len(shares), len(inside)))
    for i, channel in enumerate(profile.channels):
        patrol = channel.kind == "patrol"
        hours = PATROL_HOURS if patrol else VIDEO_HOURS if channel.kind == "system" else CITIZEN_HOURS
        of_day = tempo.day_weights(patrol) * both * rng.gamma(1 / 0.008, 0.008, days)
        weight[i] = shares[i] * of_day[day] * (hours / hours.sum())[half] * inside
        if channel.code == profile.demo.silent:
            weight[i, end > now - SILENT_MINUTES * 60_000] = 0
        for gap in rng.integers(first, now - 3 * DAY, 3):  # feeds that were offline for some hours
            weight[i, (end > gap) & (begin < gap + int(rng.integers(2, 9)) * HOUR)] *= 0.0 if i else 1.0
    total = np.cumsum(weight.ravel())
    slot = np.searchsorted(total, rng.random(n) * total[-1], side="right")
    channel_of, bin_of = np.divmod(np.minimum(slot, total.size - 1), len(inside))
    low, high = np.maximum(begin, first)[bin_of], np.minimum(end, now)[bin_of]
    return channel_of.astype(np.int64), (low + rng.random(n) * (high - low)).astype(np.int64)


def _categories(profile: Profile, tempo: Tempo, channel: Ints, at: Ints, rng: np.random.Generator) -> Ints:
    table = category_table(profile)
    season = seasons(profile)
    day = tempo.local_day(at)
    month = tempo.month()
    wet = np.zeros(len(month), bool)
    for storm in rng.choice(np.flatnonzero((month >= 5) & (month <= 9)), 5):
        wet[storm : storm + int(rng.integers(1, 4))] = True
    rain = np.array([3.2 if c.code in STORM else 1.0 for c in profile.categories])
    out = np.empty(len(at), np.int64)
    u = rng.random(len(at))
    for m in range(1, 13):
        for rainy in (False, True):
            here = (month[day] == m) & (wet[day] == rainy)
            if here.any():
                chance = table * season[m] * (rain if rainy else 1.0)
                total = np.cumsum(chance / chance.sum(axis=1, keepdims=True), axis=1)
                rows = channel[here]
                flat = (total + np.arange(len(total))[:, None]).ravel()
                found = np.searchsorted(flat, rows + np.minimum(u[here], 1 - 1e-12), side="right")
                out[here] = np.clip(found - rows * table.shape[1], 0, table.shape[1] - 1)
    return out


def _towns(places: Places, tempo: Tempo, network: Ints, at: Ints, rng: np.random.Generator) -> Ints:
    """The town of each event; a town's share varies from day to day (variance .1 per town and day)."""
    days, towns = len(tempo.weekday), places.town_weight.shape[1]
    moving = rng.gamma(1 / 0.1, 0.1, (days, towns))
    day = tempo.local_day(at)
    u = np.minimum(rng.random(len(at)), 1 - 1e-12)
    out = np.empty(len(at), np.int64)
    for k in range(len(places.town_weight)):
        mine = network == k
        chance = moving * places.town_weight[k]
        flat = (np.cumsum(chance / chance.sum(axis=1, keepdims=True), axis=1) + np.arange(days)[:, None]).ravel()
        out[mine] = np.clip(np.searchsorted(flat, day[mine] + u[mine], side="right") - day[mine] * towns, 0, towns - 1)
    return out


def _surge(
    profile: Profile, matter: Surge, tempo: Tempo, now: int, n: int, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints, Ints]:
    """A surge of reports of one matter in one town before ``now``, on the citizens' channels, mostly by day."""
    begin = tempo.edges[:-1]
    weight = np.where((begin >= now - SURGE_HOURS * HOUR) & (begin + HALF_HOUR <= now), 1.0, 0.0)
    weight *= CITIZEN_HOURS[tempo.hour.astype(int)] * np.exp((begin - now) / (14 * HOUR))
    bins = rng.choice(len(begin), n, p=weight / weight.sum())
    at = begin[bins] + rng.integers(0, HALF_HOUR, n)
    citizen = [
        i for i, c in enumerate(profile.channels) if c.kind == "citizen" and c.only is None and c.code != profile.demo.silent
    ]
    share = channel_shares(profile)[citizen]
    category = next(j for j, c in enumerate(profile.categories) if c.code == matter.category)
    towns = [a.code for a in profile.areas if a.level == profile.levels[0].code]
    channel = rng.choice(np.array(citizen, np.int64), n, p=share / share.sum())
    return channel, at.astype(np.int64), np.full(n, category), np.full(n, towns.index(matter.area))


def _earlier(at: Ints, town: Ints, category: Ints, share: float, reach: int, horizon: int, rng: np.random.Generator) -> Ints:
    """For a share of the events the position of an earlier event of the same town that they repeat, else -1.

    The repeating event takes the earlier one's matter: ``category`` is changed in place.
    """
    n = len(at)
    horizon = max(horizon, 60 * int(at[-1] - at[0]) // max(n, 1))  # in a small demo, events are hours apart
    chosen = np.flatnonzero(rng.random(n) < share * 2)
    target = np.full(len(chosen), -1, np.int64)
    for _ in range(12):  # a few attempts to find one of the same town
        back = chosen - rng.integers(1, reach, len(chosen))
        ok = (target < 0) & (back >= 0)
        ok[ok] &= (town[back[ok]] == town[chosen[ok]]) & (at[chosen[ok]] - at[back[ok]] < horizon)
        target[ok] = back[ok]
    wanted = round(share * n)
    hit = np.flatnonzero(target >= 0)
    hit = hit[np.sort(rng.permutation(len(hit))[:wanted])]
    out = np.full(n, -1, np.int64)
    out[chosen[hit]] = target[hit]
    for i in chosen[hit]:  # in time order: chains lead to the first report
        out[i] = out[out[i]] if out[out[i]] >= 0 else out[i]
        category[i] = category[out[i]]
    return out

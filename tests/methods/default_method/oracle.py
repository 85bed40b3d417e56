"""The default method in plain loops, written from the equations of its page, for a few areas."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

OLD, WINDOW, RECENT = 80, 15, 3
BINS = (0, 1, 6, 13, 16, 18, 19, 20, 22, 24, 26, 28, 30, 35, 40, 50, 67, 80)
BANDS = (0, 1, 20, 40, 60, 75, 85)
OLD_BANDS = (80, 85, 90, 95)


def kept(m):
    return (1 - m / 2) / (1 + m / 2)


def band(age, firsts):
    return max(first for first in firsts if first <= age)


def spans(years):
    """Position and label of each flow year."""
    return list(enumerate(int(year) for year in years[:-1]))


@dataclass
class Table:
    """Central death rates of the nation, ``[sex, age, year]``."""

    rates: np.ndarray
    years: np.ndarray

    def rate(self, sex, age, year):
        return self.rates[sex, age, min(year - self.years[0], len(self.years) - 1)]


@dataclass
class Place:
    """One population, ``[sex, age, year]``."""

    people: np.ndarray
    years: np.ndarray
    table: Table

    @property
    def ages(self):
        return range(self.people.shape[1])

    def start(self, sex, age, i):
        if age == 0:
            return 0.0
        last = self.people.shape[1] - 1
        return self.people[sex, age - 1, i] + (self.people[sex, last, i] if age == last else 0.0)

    def net(self, sex, age, span):
        i, year = span
        survivors = self.start(sex, age, i) * kept(self.table.rate(sex, age, year))
        return 0.0 if age == 0 else self.people[sex, age, i + 1] - survivors

    def women(self, age, i):
        return (self.start(0, age, i) + self.people[0, age, i + 1]) / 2

    def births(self, span):
        i, year = span
        left = [kept(self.table.rate(sex, 0, year)) for sex in (0, 1)]
        return self.people[:, 0, i + 1].sum() / np.mean(left)

    def old_deaths(self, ages, years):
        """Deaths of whole cohorts and those expected."""
        deaths = expected = 0.0
        for sex in (0, 1):
            for age in ages:
                for i, year in years:
                    before, after = self.start(sex, age, i), self.people[sex, age, i + 1]
                    deaths += before - after
                    expected += self.table.rate(sex, age, year) * (before + after) / 2
        return deaths, expected


@dataclass
class Nation:
    place: Place
    births_by_age: np.ndarray

    @property
    def spans(self):
        return spans(self.place.years)

    @cached_property
    def local_rates(self):
        """Net migration per person of each cell and year."""
        rates = {}
        for span in self.spans:
            for cell in ((s, a) for s in (0, 1) for a in self.place.ages):
                there = self.place.start(*cell, span[0])
                rates[*cell, span[1]] = self.place.net(*cell, span) / there if there > 5 else 0.0
        return rates

    @cached_property
    def migration_levels(self):
        place = self.place
        sums = [sum(place.net(s, a, span) for s in (0, 1) for a in place.ages) for span in self.spans]
        return [total / place.people[:, :, span[0]].sum() for total, span in zip(sums, self.spans, strict=True)]

    @cached_property
    def profile(self):
        """Net migration per person of each cell in ten years, relative to that of all."""
        place, ten = self.place, self.spans[-10:]
        usual = sum(place.net(s, a, span) for span in ten for s in (0, 1) for a in place.ages)
        usual /= sum(place.people[:, :, i].sum() for i, _ in ten)
        rates = np.zeros((2, len(place.ages)))
        for s in (0, 1):
            for a in range(1, OLD):
                above = sum(place.net(s, a, span) for span in ten)
                rates[s, a] = above / sum(place.start(s, a, i) for i, _ in ten) / usual
        return rates

    def migration(self, sex, age, h):
        """Net migration per person of a cell in year h."""
        level = self.migration_levels
        mean = sum(level[-40:]) / len(level[-40:])
        return self.profile[sex, age] * (mean + (level[-1] - mean) * 0.85**h)

    @cached_property
    def schedule(self):
        mean = self.births_by_age[:, -3:].mean(axis=1)
        return mean / mean.sum()

    @cached_property
    def tfr(self):
        place = self.place
        return {
            span[1]: place.births(span) / sum(place.women(a, span[0]) * self.schedule[a] for a in place.ages)
            for span in self.spans
        }

    def tfr_ahead(self, h):
        level = list(self.tfr.values())
        step = min(max(math.log(level[-1] / level[-4]) / 3, -0.03), 0.03)
        return level[-1] * math.exp(step * sum(0.85**k for k in range(1, h + 1)))

    @cached_property
    def boys(self):
        return sum(self.place.people[1, 0, -k] for k in range(1, 6)) / sum(
            self.place.people[:, 0, -k].sum() for k in range(1, 6)
        )

    def fall(self, sex, age):
        place, table = self.place, self.place.table
        members = [a for a in place.ages if band(a, BANDS) == band(age, BANDS)]
        weights = {a: place.people[sex, a, table.years[-1] - place.years[0]] + 1e-6 for a in members}
        points = []
        for k in range(min(20, len(table.years))):
            level = sum(table.rates[sex, a, -1 - k] * weight for a, weight in weights.items())
            points.append((-k, math.log(level / sum(weights.values()))))
        slope = np.polyfit([x for x, _ in points], [y for _, y in points], 1)[0]
        return min(max(-slope, 0.0), 0.03)

    @cached_property
    def falls(self):
        return {(s, a): self.fall(s, a) for s in (0, 1) for a in self.place.ages}

    @cached_property
    def corrections(self):
        return [self.correction(a) for a in self.place.ages]

    def correction(self, age):
        if age < OLD:
            return 1.0
        members = [a for a in self.place.ages if a >= OLD and band(a, OLD_BANDS) == band(age, OLD_BANDS)]
        deaths, expected = self.place.old_deaths(members, self.spans[-10:])
        return (deaths + 100) / (expected + 100)

    def survival(self, sex, age, year, ratio):
        """Share of a cohort that is left in a year to come, mortality being so many times the nation's."""
        table = self.place.table
        base = table.rates[sex, age, -2:].mean()
        m = base * math.exp(-self.falls[sex, age] * (year - table.years[-1] + 0.5))
        return kept(m) ** (self.corrections[age] * ratio)


class Region:
    """All areas and what they lend each other."""

    def __init__(self, places, nation, area_groups):
        self.places, self.nation, self.area_groups = places, nation, area_groups
        self.spans = spans(places[0].years)[-WINDOW:]
        self.ages = places[0].ages
        self.moved, self.there = self.pooled(self.spans)
        self.lately, self.there_lately = self.pooled(self.spans[-RECENT:])
        self.size = [place.people[:, :, -1].sum() for place in places]
        self.mob = self.mobility_weights()
        self.profile = [self.lent(x, closer=1) for x in range(len(places))]
        self.risk = [sum(self.there[x, a] * self.mob[a] for a in self.ages) for x in range(len(places))]
        self.beyond = [
            sum(self.moved[x, a] - self.there[x, a] * self.profile[x][a] for a in self.ages) for x in range(len(places))
        ]

    def pooled(self, years):
        moved, there = np.zeros((2, len(self.places), len(self.ages)))
        for x, place in enumerate(self.places):
            for a in range(1, OLD):
                for span in years:
                    for s in (0, 1):
                        before = place.start(s, a, span[0])
                        there[x, a] += before
                        moved[x, a] += place.net(s, a, span) - before * self.nation.local_rates[s, a, span[1]]
        return moved, there

    def mobility_weights(self):
        count, mob = len(self.places), np.zeros(len(self.ages))
        rms = [
            math.sqrt(sum(self.moved[x, a] ** 2 / self.there[x, a] for x in range(count)) / self.there[:, a].sum())
            for a in range(1, OLD)
        ]
        ends = len(rms) - 1
        smooth = [(rms[max(k - 1, 0)] + rms[k] + rms[min(k + 1, ends)]) / 3 for k in range(len(rms))]
        for k, value in enumerate(smooth):
            mob[1 + k] = (count * value / (sum(smooth) / len(smooth)) + 5) / (count + 5)
        return mob

    def lent(self, x, closer):
        """Profile of the other places of like size, those of the group counting so often."""
        similarity = {
            z: math.exp(-0.5 * (math.log(self.size[x] / self.size[z]) / 0.5) ** 2)
            * (closer if self.area_groups[z] == self.area_groups[x] else 1)
            for z in range(len(self.places))
            if z != x
        }
        whole, profile = sum(similarity.values()), np.zeros(len(self.ages))
        for a in range(1, OLD):
            above = sum(k * self.moved[z, a] for z, k in similarity.items())
            profile[a] = above / sum(k * self.there[z, a] for z, k in similarity.items()) * whole / (whole + 1)
        return profile

    def rest(self, x):
        return [z for z in range(len(self.places)) if z != x and self.area_groups[z] == self.area_groups[x]]

    def levels(self, x):
        """Of places alike, of the group, and own."""
        rest = self.rest(x)
        group = sum(self.beyond[z] for z in rest) / (sum(self.risk[z] for z in rest) + 1e6)
        own = (self.beyond[x] - group * self.risk[x]) / (self.risk[x] + 1e4)
        return sum(self.there[x, a] * self.profile[x][a] for a in self.ages) / self.risk[x], group, own

    def shape(self, x):
        moved, there, lent = self.moved[x], self.there[x], self.lent(x, closer=10)
        level = sum(self.levels(x)) - sum(there[a] * lent[a] for a in self.ages) / self.risk[x]
        prior = [lent[a] + level * self.mob[a] for a in self.ages]
        single = np.zeros(len(self.ages))
        for a in self.ages:
            members = [b for b in self.ages if band(b, BINS) == band(a, BINS)]
            q = sum(moved[b] - there[b] * prior[b] for b in members) / (sum(there[b] for b in members) + 3000)
            single[a] = (moved[a] + 400 * (prior[a] + q)) / (there[a] + 400)
        level = sum(there[a] * single[a] for a in self.ages) / self.risk[x]
        return single - level * self.mob

    def level(self, x, h):
        alike, group, own = self.levels(x)
        recent = self.lately[x].sum() / sum(self.there_lately[x, a] * self.mob[a] for a in self.ages)
        pull = self.size[x] / (self.size[x] + 3e4) * (recent - alike - group - own)
        return group + 0.7 * (alike + own) + pull * 0.9**h

    def old_ratio(self, x):
        old = range(OLD, len(self.ages))
        deaths, expected = self.nation.place.old_deaths(old, self.nation.spans[-WINDOW:])
        nation = deaths / expected
        counts = [place.old_deaths(old, self.spans) for place in self.places]
        above = sum(counts[z][0] for z in self.rest(x)) / nation + 500
        group = above / (sum(counts[z][1] for z in self.rest(x)) + 500)
        return (counts[x][0] / nation + 3000 * group) / (counts[x][1] + 3000)

    def births(self, x):
        """Children of five years, and those expected at the nation's rates."""
        place, nation, five = self.places[x], self.nation, self.spans[-5:]
        usual = (place.women(a, i) * nation.schedule[a] * nation.tfr[year] for i, year in five for a in self.ages)
        return sum(place.births(span) for span in five), sum(usual)

    def fertility(self, x):
        born, expected = self.births(x)
        counts = [self.births(z) for z in self.rest(x)]
        group = (sum(b for b, _ in counts) + 3000) / (sum(e for _, e in counts) + 3000)
        return (born + 400 * group) / (expected + 400)

    def ahead(self, x, horizon):
        """Persons of an area, ``[sex, age, lead]``."""
        place, shape, ratio = self.places[x], self.shape(x), self.old_ratio(x)
        usual = np.array(
            [[sum(place.start(s, a, i) for i, _ in self.spans) / len(self.spans) for a in self.ages] for s in (0, 1)]
        )
        path = [place.people[:, :, -1]]
        for h in range(1, horizon + 1):
            year = int(place.years[-1]) + h - 1
            left = np.array(
                [[self.nation.survival(s, a, year, ratio if a >= OLD else 1.0) for a in self.ages] for s in (0, 1)]
            )
            local = shape + self.level(x, h) * self.mob
            rate = [[self.nation.migration(s, a, h) + local[a] * (0 < a < OLD) for a in self.ages] for s in (0, 1)]
            path.append(self.one_year(path[-1], left, np.array(rate), usual))
            self.add_newborns(x, path, left, h)
        return np.stack(path[1:], axis=-1)

    def one_year(self, now, left, rate, usual):
        then = np.zeros_like(now)
        for s in (0, 1):
            for a in range(1, len(self.ages)):
                before = now[s, a - 1] + (now[s, -1] if a == len(self.ages) - 1 else 0.0)
                gain = usual[s, a] if rate[s, a] > 0 else before
                then[s, a] = before * left[s, a] + rate[s, a] * gain
        return then

    def add_newborns(self, x, path, left, h):
        before, then, nation = path[-2], path[-1], self.nation
        women = [0.0, *[(before[0, a - 1] + then[0, a]) / 2 for a in range(1, len(self.ages))]]
        women[-1] += before[0, -1] / 2
        children = sum(women[a] * nation.schedule[a] for a in self.ages) * nation.tfr_ahead(h) * self.fertility(x)
        for s, share in ((0, 1 - nation.boys), (1, nation.boys)):
            then[s, 0] = children * share * left[s, 0]


def forecast(observed, sources, area_groups, horizon):
    """Persons ``[area, sex, age, lead]``."""
    table = Table(sources.mortality.values, sources.mortality["year"].values)
    people = sources.nation.population
    nation = Nation(Place(people.values, people["year"].values, table), sources.fertility.values)
    places = [Place(one, np.array(observed.years), table) for one in observed.population.values]
    region = Region(places, nation, area_groups)
    return np.stack([region.ahead(x, horizon) for x in range(len(places))])

"""References in a city's file that lead nowhere: unknown panels, stages that no row of the log reaches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from data.check.examined import Examined
from data.check.finding import Finding
from data.city.profile import Profile
from data.errors import FileError, Said, did_you_mean, did_you_mean_zh
from data.text import Text


def panel_faults(profile: Profile, known: Iterable[str]) -> list[tuple[str, str]]:
    """(place, what and what instead) of each panel of a scene that is not in ``known``: the wall would show a hole there."""
    panels = tuple(known)
    faults: list[tuple[str, str]] = []
    for scene in profile.scenes:
        for shape in ("areas", "broad", "wide", "tall"):
            cells = dict.fromkeys(cell for row in getattr(scene, shape) for cell in row.split())
            for panel in cells:
                if panel != "." and panel not in panels:
                    faults.append(
                        (
                            f"scenes.{scene.id}.{shape}",
                            Said(
                                f"no panel is called '{panel}'{did_you_mean(panel, panels)}",
                                f"没有面板“{panel}”{did_you_mean_zh(panel, panels)}",
                            ),
                        )
                    )
    return faults


def check_panels(profile: Profile, known: Iterable[str]) -> None:
    """Raises FileError naming all unknown panels of the city's scenes."""
    faults = panel_faults(profile, known)
    if faults:
        raise FileError(f"city '{profile.city.id}'", faults)


def unreached(seen: Examined) -> Iterator[Finding]:
    """The city's stages that no row of the log mentions, by name and code."""
    got, profile = seen.got, seen.profile
    if "transition" not in got.frames or not got.frames["transition"].n or not got.frames["transition"].has("stage"):
        return
    codes = [s.code for s in profile.stages]
    at = got.frames["transition"].coded("stage").positions({c: i for i, c in enumerate(codes)})
    reached = set(at.tolist())
    lost = [s for i, s in enumerate(profile.stages) if i not in reached]
    n, of = len(lost), len(codes)
    said = Text(zh=f"{of} 个环节都有流转记录", en=f"every one of the {of} stages stands in the log")
    remedy = Text(zh="", en="")
    if lost:
        zh = "、".join(f"{s.name.zh}（{s.code}）" for s in lost)
        en = ", ".join(f"{s.name.en} ({s.code})" for s in lost)
        said = Text(zh=f"{n} 个环节没有任何流转记录：{zh}", en=f"no row of the log reaches these stages: {en}")
        remedy = Text(
            zh="在 [codes.stage] 中把源库的状态映到它，或从城市文件中去掉该环节",
            en="map a state of the source to it in [codes.stage], or take the stage out of the city's file",
        )
    yield Finding("unreached_stage", "transition", "look" if lost else "good", n, of, said, remedy)

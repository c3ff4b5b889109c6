"""The outline file that a mapping names under ``[shapes]``: when and by which process it is read.

GeoJSON in degrees is read with the mapping.  Any other file needs GDAL and PROJ (a quarter of a second, 40 MB): it is read when
its outlines are needed, by the server's worker process, and not at all if the facts already hold its cells.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

from data.errors import FieldError, FileError, Said
from data.jobs import worker
from data.source import files
from geo import grid_file
from geo.coordinates import EXAMPLES, EXAMPLES_ZH, known_crs
from geo.features import GridFileError, Outlines, Told

logger = logging.getLogger("gridwall")
#: Seconds that reading a file may take.
LONGEST_S = 600.0


def _crs(value: str) -> str:
    if value and not known_crs(value):
        raise FieldError(f"'{value}' is no system of coordinates; write {EXAMPLES}", f"“{value}”不是坐标系；请写{EXAMPLES_ZH}")
    return value


class Shapes(BaseModel):
    """An outline file (``geo.grid_file``) for cells without a shape in the source; ``code`` is the property with a cell's code.

    ``layer`` names one of several layers; ``crs`` states the coordinate system if the file does not, or cannot.  With
    ``level`` (a level code of the city's file) its features are cells of the grid themselves; ``name`` and ``parent`` are
    then the properties with a cell's name and the code of the cell above it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    layer: str = ""
    crs: Annotated[str, AfterValidator(_crs)] = ""
    code: str = "code"
    level: str = ""
    name: str = ""
    parent: str = ""

    @property
    def reads_late(self) -> bool:
        """Whether the file is read only when its outlines are needed."""
        return grid_file.costs_much(self.file, self.crs)

    def fingerprint(self, folder: Path) -> list[Any]:
        """For a file read late: changes with its bytes and its settings.  Raises FileError."""
        with _refusing(self.path(folder)):
            return [*self.model_dump(exclude={"file": True}).values(), grid_file.digest(self.path(folder))]

    def check(self, folder: Path) -> None:
        """Check that the file exists and is of its kind, without reading it whole.  Raises FileError."""
        with _refusing(self.path(folder)):
            grid_file.check_there(self.path(folder), self.layer, self.crs)

    def read(self, folder: Path) -> Outlines:
        """The file's cells; anything notable is logged.  Raises FileError if the file as a whole cannot be used."""
        path = self.path(folder)
        asked = path, self.code, self.name, self.parent, self.layer, self.crs
        with _refusing(path):
            if self.reads_late:
                got = worker.ask(grid_file.read_outlines, *asked, limit_s=LONGEST_S)
            else:
                got = grid_file.read_outlines(*asked)
        for note in got.notes:
            logger.warning("%s: %s", path, note)
        return got

    def path(self, folder: Path) -> Path:
        """The file's path, for a mapping in ``folder``."""
        return files.find_beside(self.file, folder)


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Raise FileError for a file that cannot be used or read."""
    try:
        yield
    except GridFileError as error:
        faults = [(place, Said(said, said.zh) if isinstance(said, Told) else said) for place, said in error.faults]
        raise FileError(error.path, faults) from None
    except OSError as error:
        said = error.strerror or str(error)
        raise FileError(str(path), [("", Said(f"cannot be read: {said}", f"读不了：{said}"))]) from None


__all__ = ["Shapes"]

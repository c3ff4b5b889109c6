"""The file of outlines that a mapping names under ``[shapes]``: when it is read, and by whom.

GeoJSON in degrees is read with the mapping.  Any other file takes GDAL and PROJ (a quarter of a second, 40 MB): it is read when
its outlines are asked for, by the server's worker process, and not at all where the facts hold its cells already.
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
    """A file of outlines (``geo.grid_file``) for cells that the source gives none; ``code`` is the property that holds a cell's.

    ``layer`` names one of several layers; ``crs`` states the system of its coordinates where the file does not, or cannot.
    With ``level`` (a level code of the city's file) its features are cells of the grid in their own right; ``name`` and
    ``parent`` are then the properties that hold a cell's name and the code of the cell above it.
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
        """Whether the file is read only when its outlines are asked for."""
        return grid_file.costs_much(self.file, self.crs)

    def fingerprint(self, folder: Path) -> list[Any]:
        """Of a file that is read late: changes with its bytes and with what is said of it.  Raises FileError."""
        with _refusing(self.path(folder)):
            return [*self.model_dump(exclude={"file": True}).values(), grid_file.digest(self.path(folder))]

    def check(self, folder: Path) -> None:
        """Whether the file is there and of its kind, without reading all of it.  Raises FileError."""
        with _refusing(self.path(folder)):
            grid_file.check_there(self.path(folder), self.layer, self.crs)

    def read(self, folder: Path) -> Outlines:
        """The file's cells; what must be known of it goes to the log.  Raises FileError where it cannot be used as a whole."""
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
        """Where the file lies, of a mapping in ``folder``."""
        return files.find_beside(self.file, folder)


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """A file that cannot be used, or not be read, is a FileError."""
    try:
        yield
    except GridFileError as error:
        faults = [(place, Said(said, said.zh) if isinstance(said, Told) else said) for place, said in error.faults]
        raise FileError(error.path, faults) from None
    except OSError as error:
        said = error.strerror or str(error)
        raise FileError(str(path), [("", Said(f"cannot be read: {said}", f"读不了：{said}"))]) from None


__all__ = ["Shapes"]

"""The integrator's doctor: does a source, through its mapping, deliver what the wall needs?

``examine`` reads every table of the mapping once, as a load would, and judges it; nothing is written anywhere, and of
what the rows hold only codes (and the codes of cells) are ever said, never a free text.
"""

from data.check.examine import examine
from data.check.finding import Finding, Report, Value

__all__ = ["Finding", "Report", "Value", "examine"]

"""The integrator's doctor: does a source, through its mapping, deliver what the wall needs?

``examine`` reads every table of the mapping once, as a load would, runs the load's own pass over it and judges what it finds;
nothing is written anywhere, and of what the rows hold only codes (and the codes of cells) are ever said, never a free text.
"""

from data.check.examine import examine
from data.check.finding import Finding, Value
from data.check.report import Report
from data.check.scenes import check_panels, panel_faults

__all__ = ["Finding", "Report", "Value", "check_panels", "examine", "panel_faults"]

"""Words that occur in headers, in Chinese and English; their meaning is checked against the cells (headers.py)."""

from __future__ import annotations

import re
import unicodedata

#: Role of a time column: the first match counts.  Later patterns are looser.
STAMPS: tuple[tuple[str, str], ...] = (
    (
        "due",
        r"应.{0,2}[办结完复]|要求.*时|规定.*时|计划|预计|截止|截至|期限|时限|限时|到期|\b(due|deadline|target|expected|planned|sla|promised)",
    ),
    ("changed", r"更新|修改|变更|\b(updated?|modified|changed|last (change|update|edit))"),
    ("none", r"出生|生日|发生|有效期|\b(birth|dob|valid)"),
    ("revisit", r"回访|\b(revisit|call(ed)? ?back|follow ?up|survey)"),
    ("first_contact", r"首次(联系|响应|回应|反馈)|先行联系|\bfirst (contact|respon)"),
    ("inspect", r"核查|检查|复核|验收|审核|\b(inspect|check|review)"),
    ("verify", r"核实|\bverif"),
    ("dispatch", r"派遣|派单|派发|分派|指派|转派|转办|交办|下派|分办|派件|\b(dispatch|assign|referred|sent\b|routed)"),
    ("close", r"结案|关闭|归档|销号|销案|结束|\b(clos(e|ed|ing|ure)|end|ended|end ?date|available|cleared)\b"),
    ("complete", r"办结|完成|完结|办毕|反馈|回复|答复|解决|\b(complet|finish|resolv|resolution|done)"),
    (
        "handle",
        r"处置|办理|处理|接单|签收|到场|到达|出动|开始|"
        r"\b(handl|start|begin|began|in hand|in progress|respon|on ?scene|arriv|work)",
    ),
    ("accept", r"受理|接收|接件|收件|\b(accept|acknowledg|entry|entered)"),
    ("register", r"立案|\bregist"),
    (
        "report",
        r"上报|来电|诉求|提交|反映|举报|投诉|报案|报警|接报|创建|录入|登记|申请|受案|"
        r"\b(report|open|creat|request|submit|receiv|call|logged|filed|reg ?date)",
    ),
)
#: Generic words for "time" that do not tell what happened.
TIME_WORDS = r"时间|日期|时刻|\b(time|date|dttm|datetime|at|on|timestamp|day)\b|_at$"

#: Personal data and free text: never read, whatever else matches.
PERSONAL = (
    r"姓名|名字|联系人|联系方式|诉求人|来电人|当事人|申请人|举报人|反映人|投诉人|上报人|报案人|受理人|经办人|处理人|责任人|办理人|网格员|坐席|接线员|操作员|"
    r"创建人|录入人|派遣人|回访人|核查人|负责人|电话|手机|号码|身份证|证件|住址|地址|位置|地点|邮箱|微信|车牌|"
    r"内容|描述|详情|标题|备注|说明|意见|诉求$|摘要|附件|图片|照片|"
    r"\b(phone|mobile|telephone|tel|cell|e?mail|address|street|description|descriptor|comments?|remarks?|notes?|details?|summary|title|"
    r"text|body|subject|content|resident|caller|customer|citizen|applicant|complainant|reporter|contact|person|passport|"
    r"id ?card|plate|user|operator|handler|staff|officer|worker|resource|responsible|assignee|owner|"
    r"url|link|image|photo|media)\b|"
    r"\b(first|last|full|caller|customer|resident|citizen) ?name\b|^name$"
)

#: Field of a column without times: the first match counts, best word first.
FIELDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("lon", (r"经度|\b(lon|lng|long|longitude|x ?coord\w*|point ?x)\b",)),
    ("lat", (r"纬度|\b(lat|latitude|y ?coord\w*|point ?y)\b",)),
    ("satisfaction", (r"满意|\b(satisfaction|satisfied|rating|stars?)\b",)),
    ("resolved", (r"是否(已)?解决|解决(情况|与否|状态)|\b(resolved|solved)\b",)),
    ("verified", (r"是否属实|核实(结果|情况)|\bverified\b",)),
    ("status", (r"(案件|工单|办理|处理|当前|事件|办件)?状态|\b(status|state)\b", r"\b(disposition|outcome)\b|办理结果|结案类型")),
    ("severity", (r"紧急程度|紧急|优先级|严重|等级|级别|\b(priority|severity|urgency)\b",)),
    ("channel", (r"来源|渠道|受理方式|上报方式|诉求方式|途径|\b(channel|source|origin|intake|method|via)\b",)),
    (
        "department",
        (
            r"(处置|承办|办理|处理|责任|主办|主责)(部门|单位|机构)|\bagency name\b|\b(agency|department|dept)\b",
            r"部门|单位|\b(group|team|unit|division|queue|sent to|assigned to|org group)\b",
        ),
    ),
    (
        "area",
        (
            r"街道|镇街|乡镇|街镇|\b(neighbou?rhood|ward|town|township|borough)\b",
            r"社区|村居|片区|区域|辖区|网格|\b(area|district|zone|community|region|beat|precinct|council district)\b",
            r"行政区|区县|所属区|^区$|\b(city|county)\b",
        ),
    ),
    (
        "category",
        (
            r"小类|^(?!.*大类).*事项|"
            r"\b(category|request type|service (name|type)|case type|incident type|call type|problem type|kind)\b",
            r"类别|类型|分类|\b(type|complaint type|service|problem|issue|subcategory|product)\b",
            r"大类|\bclass\b|问题",
        ),
    ),
    ("network", (r"大类|一级(类|分类|事项)|条线|领域|\b(network|category group)\b",)),
    (
        "activity",
        (
            r"活动|环节|步骤|节点|\b(activity|concept name|stage|step)\b",
            r"操作(类型|名称)?$|动作|\b(action|task|event ?(name|type)?)\b",
            r"\b(status|state)\b|状态",
        ),
    ),
    ("lifecycle", (r"\blifecycle",)),
)
CASE_ID = (
    r"(案件|工单|事件|任务|诉求|受理|办件|业务|申请)(编号|号码|号|ID|id|单号|编码)$|案号|^工单$",
    r"编号$|单号$|流水号|^序号$|\b(case|ticket|request|incident|service request|sr|complaint|call|order|application)( (concept )?"
    r"(id|no|number|num|key|name))$|\bunique (key|id)\b|^(case|ticket|request)$|^case(id| concept name)$|\bcase ?id\b",
    r"^(id|number|no|key|nr)$|\b(id|number|no|key)$|^编码$|ID$",
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def words_of(header: str) -> str:
    """A header normalised for the patterns: half-width, camelCase and snake_case split into words, lower case."""
    plain = unicodedata.normalize("NFKC", header)
    plain = re.sub(r"[_\-:./()（）\[\]#]+", " ", _CAMEL.sub(" ", plain))
    return " ".join(plain.lower().split())


def rank_of(patterns: tuple[str, ...], words: str) -> int:
    """Index of the first matching pattern; -1 if none matches."""
    return next((i for i, p in enumerate(patterns) if re.search(p, words)), -1)

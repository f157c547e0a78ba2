"""An application at /tap/async that looks like a TAP service, for TAP clients: a shell script that writes a VOTable,
and TAP's static documents beside its job list. Every query returns the first rows of its only table, public.numbers. A
query with TAP_UPLOAD returns the names and sizes of the uploaded tables."""
import os
import shutil
import tempfile
import xml.sax.saxutils

from harness import ServiceCase
from tree_case import DATABASE

SCRIPT = r"""
case $QUERY in
  *pause*) sleep 3 ;;
  *nowhere*) echo "there is no table 'nowhere'" >&2; exit 1 ;;
esac
row() { printf '<TR>'; for value; do printf '<TD>%s</TD>' "$value"; done; printf '</TR>\n'; }
field() { printf '<FIELD name="%s" datatype="%s"/>\n' "$1" "$2"; }
{
  echo '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE type="results">'
  echo '<INFO name="QUERY_STATUS" value="OK"/><TABLE>'
  case $QUERY in
    *TAP_UPLOAD*)
      field name 'char" arraysize="*'; field bytes long; echo '<DATA><TABLEDATA>'
      for file in uploads/*; do row "${file#uploads/}" "$(wc -c <"$file")"; done ;;
    *)
      field n int; field square int; echo '<DATA><TABLEDATA>'
      n=1; while [ $n -le 5 ] && [ $n -le "$MAXREC" ]; do row $n $((n * n)); n=$((n + 1)); done ;;
  esac
  echo '</TABLEDATA></DATA></TABLE>'
  [ "$MAXREC" -ge 5 ] || echo '<INFO name="QUERY_STATUS" value="OVERFLOW"/>'
  echo '</RESOURCE></VOTABLE>'
} >result.vot
"""

TABLES = """<?xml version="1.0"?>
<vosi:tableset xmlns:vosi="http://www.ivoa.net/xml/VOSITables/v1.0" xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <schema>
    <name>public</name>
    <table type="table">
      <name>public.numbers</name>
      <description>Whole numbers and their squares</description>
      <column><name>n</name><dataType xsi:type="vs:VOTableType">int</dataType></column>
      <column><name>square</name><dataType xsi:type="vs:VOTableType">int</dataType></column>
    </table>
  </schema>
</vosi:tableset>
"""

CAPABILITIES = """<?xml version="1.0"?>
<vosi:capabilities xmlns:vosi="http://www.ivoa.net/xml/VOSICapabilities/v1.0" xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1"
    xmlns:tr="http://www.ivoa.net/xml/TAPRegExt/v1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <capability standardID="ivo://ivoa.net/std/TAP" xsi:type="tr:TableAccess">
    <interface xsi:type="vs:ParamHTTP" role="std" version="1.1"><accessURL use="base">{base}</accessURL></interface>
    <language>
      <name>ADQL</name><version ivo-id="ivo://ivoa.net/std/ADQL#v2.0">2.0</version><description>ADQL</description>
    </language>
    <outputFormat><mime>application/x-votable+xml</mime><alias>votable</alias></outputFormat>
    <uploadMethod ivo-id="ivo://ivoa.net/std/TAPRegExt#upload-inline"/>
  </capability>
  <capability standardID="ivo://ivoa.net/std/VOSI#availability">
    <interface xsi:type="vs:ParamHTTP" role="std"><accessURL use="full">{base}/availability</accessURL></interface>
  </capability>
  <capability standardID="ivo://ivoa.net/std/VOSI#capabilities">
    <interface xsi:type="vs:ParamHTTP" role="std"><accessURL use="full">{base}/capabilities</accessURL></interface>
  </capability>
  <capability standardID="ivo://ivoa.net/std/VOSI#tables">
    <interface xsi:type="vs:ParamHTTP" role="std"><accessURL use="full">{base}/tables</accessURL></interface>
  </capability>
</vosi:capabilities>
"""


def application(folder):
    return {
        "name": "tap",
        "title": "Numbers",
        "description": "Whole numbers and their squares",
        "path": "/tap/async",
        "sync_by_get": True,
        "errors": "votable",
        "task": {"image": "busybox:test", "entrypoint": ["/bin/sh", "-c"], "args": [SCRIPT],
                 "outputs": ["result=result.vot"]},
        "parameters": [
            {"name": "REQUEST", "values": ["doQuery"], "default": "doQuery", "environment": "REQUEST"},
            {"name": "LANG", "values": ["ADQL", "ADQL-2.0"], "default": "ADQL", "environment": "LANG_OF_QUERY"},
            {"name": "QUERY", "required": True, "help": "ADQL", "environment": "QUERY"},
            {"name": "FORMAT", "values": ["votable", "application/x-votable+xml"], "default": "votable",
             "environment": "FORMAT"},
            {"name": "RESPONSEFORMAT", "values": ["votable", "application/x-votable+xml"], "environment": "RESPONSEFORMAT"},
            {"name": "MAXREC", "type": "integer", "minimum": 0, "maximum": 100000, "default": "100",
             "environment": "MAXREC"},
            {"name": "UPLOAD", "multiple": True, "accumulate": True, "folder": "uploads"},
        ],
        "documents": [{"path": name, "file": os.path.join(folder, name + ".xml")} for name in ("capabilities", "tables")],
    }


# The options of the application that TAP requires and TAP clients rely on; see docs/applications.md.
LENIENT = {"ignore_unknown": True, "empty_is_absent": True, "judge": "run", "sync_result": "bytes"}


class TapCase(ServiceCase):
    DATABASE = DATABASE
    HABITS = {}  # further options of the application
    IMAGES = []  # the image of an application need not be in images.allow

    @classmethod
    def config(cls):
        folder = tempfile.mkdtemp(prefix="duws-tap.")
        cls.documents = folder
        return {"images": {"allow": cls.IMAGES}, "applications": [application(folder) | cls.HABITS]}

    @classmethod
    def leave_nothing(cls):
        if cls.service.process is not None and cls.service.process.poll() is None:
            cls.delete_jobs()
        super().leave_nothing()
        shutil.rmtree(cls.documents)

    @classmethod
    def delete_jobs(cls):
        for job in cls.client.get_json("/tap/async")["jobs"]:
            cls.client.delete(job["href"])

    @classmethod
    def prepare(cls, service):
        cls.tap = service.url + "/tap"
        texts = {"tables": TABLES, "capabilities": CAPABILITIES.format(base=xml.sax.saxutils.escape(cls.tap))}
        for name, text in texts.items():
            with open(os.path.join(cls.documents, name + ".xml"), "w", encoding="utf-8") as file:
                file.write(text)

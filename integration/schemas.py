"""Validates documents with xmllint against the official schemas from Debian's starlink-ttools-java and
python3-astropy."""
import os
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
import zipfile

from openapi import OpenApi

UWS = "{http://www.ivoa.net/xml/UWS/v1.0}"


class Schemas:
    """The official XSDs. Their imports are changed to local files."""

    JAR = "/usr/share/java/starlink-ttools.jar"
    FOLDER = "uk/ac/starlink/ttools/taplint/"
    VOTABLE = "/usr/lib/python3/dist-packages/astropy/io/votable/data/VOTable.v1.4.xsd"
    BY_ROOT = {
        UWS: "UWS-v1.1.xsd",
        "{http://www.ivoa.net/xml/VOSIAvailability/v1.0}": "VOSIAvailability-v1.0.xsd",
        "{http://www.ivoa.net/xml/VOSICapabilities/v1.0}": "vosi.xsd",
        "{http://www.ivoa.net/xml/VOSITables/v1.0}": "vosi.xsd",
        "{http://www.ivoa.net/xml/VOTable/v1.3}": VOTABLE,
        "{http://www.ivoa.net/xml/RegistryInterface/v1.0}": "registry.xsd",
    }
    LOCAL = {
        "http://www.ivoa.net/xml/Xlink/xlink.xsd": "xlink.xsd",
        "http://www.w3.org/2001/xml.xsd": "xmlnamespace.xsd",
        "http://www.ivoa.net/xml/VOResource/v1.0": "VOResource-v1.1.xsd",
        "http://www.ivoa.net/xml/VOResource/VOResource-v1.0.xsd": "VOResource-v1.1.xsd",
        "http://www.ivoa.net/xml/VODataService/v1.1": "VODataService-v1.1.xsd",
        "http://www.ivoa.net/xml/STC/stc-v1.30.xsd": "stc-v1.30.xsd",
    }
    # If a document names a type by xsi:type, the schema must import the namespace of that type.
    VOSI = {
        "http://www.ivoa.net/xml/VOSICapabilities/v1.0": "VOSICapabilities-v1.0.xsd",
        "http://www.ivoa.net/xml/VOSITables/v1.0": "VOSITables-v1.1.xsd",
        "http://www.ivoa.net/xml/VODataService/v1.1": "VODataService-v1.1.xsd",
        "http://www.ivoa.net/xml/TAPRegExt/v1.0": "TAPRegExt-v1.0-Erratum1.xsd",
    }

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="duws-xsd.")
        with zipfile.ZipFile(self.JAR) as archive:
            for name in {"UWS-v1.1.xsd", "VOSIAvailability-v1.0.xsd", *self.LOCAL.values(), *self.VOSI.values()}:
                text = archive.read(self.FOLDER + name).decode()
                for url, local in self.LOCAL.items():
                    text = text.replace(f'schemaLocation="{url}"', f'schemaLocation="{local}"')
                with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
        with open(os.path.join(self.folder, "vosi.xsd"), "w", encoding="utf-8") as file:
            imports = [f'<xs:import namespace="{name}" schemaLocation="{local}"/>' for name, local in self.VOSI.items()]
            file.write('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">' + "".join(imports) + "</xs:schema>")
        # The schema of RegistryInterface is not installed. This replaces the part of it that describes a resource.
        with open(os.path.join(self.folder, "registry.xsd"), "w", encoding="utf-8") as file:
            file.write('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" '
                       'xmlns:vr="http://www.ivoa.net/xml/VOResource/v1.0" '
                       'targetNamespace="http://www.ivoa.net/xml/RegistryInterface/v1.0">'
                       '<xs:import namespace="http://www.ivoa.net/xml/VOResource/v1.0" '
                       'schemaLocation="VOResource-v1.1.xsd"/>'
                       '<xs:import namespace="http://www.ivoa.net/xml/VODataService/v1.1" '
                       'schemaLocation="VODataService-v1.1.xsd"/>'
                       '<xs:element name="Resource" type="vr:Resource"/></xs:schema>')
        self.documents = []
        self.openapi = OpenApi()
        self.faults = []

    def add(self, body, origin):
        self.documents.append((body, origin))

    def add_answer(self, method, path, status, headers, body):
        self.faults += self.openapi.faults(method, path, status, headers, body)

    def check(self):
        """Validates everything that was added since the last check. Raises if something is invalid."""
        faults, self.faults = self.faults, []
        if faults:
            raise AssertionError("not as schemas/openapi.yaml says:\n" + "\n".join(faults))
        by_schema = {}
        for body, origin in self.documents:
            root = ElementTree.fromstring(body).tag
            schema = self.BY_ROOT.get(root[:root.index("}") + 1])
            if schema is None:
                raise AssertionError(f"{origin} gave a <{root}>, of which no schema is known")
            by_schema.setdefault(schema, []).append((body, origin))
        self.documents = []
        for schema, documents in by_schema.items():
            self._validate(schema, documents)

    def _validate(self, schema, documents):
        with tempfile.TemporaryDirectory() as folder:
            names = {}
            for number, (body, origin) in enumerate(documents):
                name = os.path.join(folder, f"{number}.xml")
                names[name] = (body, origin)
                with open(name, "wb") as file:
                    file.write(body)
            done = subprocess.run(
                ["xmllint", "--nonet", "--noout", "--schema", os.path.join(self.folder, schema), *names],
                capture_output=True, text=True, check=False)
        if done.returncode != 0:
            bad = [f"{origin}:\n{body.decode(errors='replace')}" for name, (body, origin) in names.items()
                   if f"{name} fails" in done.stderr or f"{name}:" in done.stderr]
            raise AssertionError(f"not valid by {schema}:\n{done.stderr}\n" + "\n".join(bad))

    def close(self):
        shutil.rmtree(self.folder)

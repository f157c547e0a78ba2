"""Tests everything that a job can ask for (docs/container-task.md) in the real container that is created for it."""
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.request

from client import TEST_TIMEOUT, until
from file_server import file_server
from harness import PODMAN, ServiceCase

# Prints the arguments that a program got, each with its length, so that the boundaries between them are clear.
SHOW_ARGUMENTS = 'for a in "$@"; do printf "%s:%s\\n" "${#a}" "$a"; done'


class TaskCase(ServiceCase):

    def output_of(self, *pairs):
        job = self.client.run(("IMAGE", "busybox:test"), *pairs)
        job.completed()
        return job.stdout()


class Commands(TaskCase):

    def test_arguments_arrive_exactly(self):
        given = ["", " ", "two words", "'single'", '"double"', "$HOME `id` $(id) \\n \\", "-v", "--", "*", "é ☃ 𝔘", "a=b&c",
                 "line\nbreak", "tab\there", "%41+", "{} ; | > /dev/null"]
        output = self.output_of(("ENTRYPOINT", "/bin/sh"), ("ENTRYPOINT", "-c"), ("ENTRYPOINT", SHOW_ARGUMENTS),
                                ("ENTRYPOINT", "name"), *(("ARG", argument) for argument in given))
        # busybox's shell counts bytes.
        self.assertEqual("".join(f"{len(argument.encode())}:{argument}\n" for argument in given), output)

    def test_entrypoint_and_arguments_replace_those_of_the_image(self):
        image = ("IMAGE", "configured:test")
        for pairs, expected in [
            ([], "entrypoint default command\n"),
            ([("ARG", "mine")], "entrypoint mine\n"),
            ([("ENTRYPOINT", "/bin/echo"), ("ARG", "all mine")], "all mine\n"),
            ([("ENTRYPOINT", ""), ("ARG", "/bin/echo"), ("ARG", "none")], "none\n"),
            ([("ENTRYPOINT", "pwd"), ("WORKDIR", "image")], "/srv\n"),
        ]:
            with self.subTest(pairs):
                job = self.client.run(image, *pairs)
                job.completed()
                self.assertEqual(expected, job.stdout())

    def test_environment_user_and_folder(self):
        script = 'pwd; echo "$HOME"; echo "$COLOUR"; echo "$EMPTY" "$GIVEN"; id -u; id -g; touch here && echo may write'
        job = self.client.run(("IMAGE", "configured:test"), ("ENTRYPOINT", "sh"), ("ARG", "-c"), ("ARG", script),
                              ("ENV", "EMPTY="), ("ENV", "GIVEN=a=b é $HOME"))
        job.completed()
        self.assertEqual("/work/job\n/work/job\nblue\n a=b é $HOME\n1234\n1234\nmay write\n", job.stdout())

    def test_names_of_variables_are_what_engines_take(self):
        output = self.output_of(("ENTRYPOINT", "env"), ("ENV", "spark.executor-memory=1g"), ("ENV", "1st=x"))
        self.assertLessEqual({"spark.executor-memory=1g", "1st=x"}, set(output.splitlines()))

    def test_an_uploaded_program_with_a_comma_in_its_name_runs(self):
        job = self.client.create_with([("IMAGE", "busybox:test"), ("ENTRYPOINT", "./run,me.sh"),
                                       ("INPUT", "mode=0755,run,me.sh,param:program"),
                                       ("program", "#!/bin/sh\necho it ran\n")], [])
        job.start().completed()
        self.assertEqual("it ran\n", job.stdout())

    def test_a_program_can_tell_which_job_it_is(self):
        job = self.client.shell('echo "$UWS_JOBID $UWS_RUNID"', ("RUNID", "my run"))
        job.completed()
        self.assertEqual(f"{job.id} my run\n", job.stdout())

    def test_roots_images_run_as_somebody_else(self):
        self.assertEqual("10000\n10000\n", self.output_of(("ENTRYPOINT", "sh"), ("ARG", "-c"), ("ARG", "id -u; id -g")))

    def test_workdir(self):
        for given, seen in [("sub/folder", "/work/job/sub/folder"), ("/tmp", "/tmp")]:
            with self.subTest(given):
                job = self.client.shell("pwd; echo x > file", ("WORKDIR", given), ("OUTPUT", "file"))
                job.completed()
                self.assertEqual((seen + "\n", b"x\n"), (job.stdout(), job.result("file")))

    def test_a_missing_command_says_so(self):
        document = self.client.run(("IMAGE", "busybox:test"), ("ENTRYPOINT", "/no/such/thing")).failed()
        self.assertEqual(["fatal", "'/no/such/thing' is not in the image: no such executable"],
                         [document["errorSummary"][key] for key in ("type", "message")])
        document = self.client.run(("IMAGE", "busybox:test"), ("ENTRYPOINT", "/etc/passwd")).failed()
        self.assertEqual("'/etc/passwd' is not executable", document["errorSummary"]["message"])
        document = self.client.run(("IMAGE", "busybox:test"), ("ENTRYPOINT", "./run.sh")).failed()
        self.assertEqual("'./run.sh' is not in the working folder /work/job: no such executable; "
                         "WORKDIR=image asks for the image's own folder", document["errorSummary"]["message"])

    def test_the_exit_code_is_told(self):
        for script, code, sentence in [("exit 42", 42, "the command ended with exit code 42"),
                                       ("kill -SEGV $$", 139, "the command was ended by signal 11 (SIGSEGV)")]:
            with self.subTest(script):
                document = self.client.shell(script).failed()
                self.assertEqual((code, sentence),
                                 (document["jobInfo"]["exitCode"], document["errorSummary"]["message"]))

    def test_documents(self):
        task = {"image": "busybox:test", "entrypoint": ["sh", "-c", SHOW_ARGUMENTS, "name"], "args": ["a b", ""],
                "env": {"ONE": "1"}, "resources": {"cores": 0.5, "memory": "64M"}}
        text = json.dumps(task)
        yaml = ("image: busybox:test\nentrypoint:\n  - sh\n  - -c\n  - 'for a in \"$@\"; do printf \"%s:%s\\n\" "
                "\"${#a}\" \"$a\"; done'\n  - name\nargs: [a b, \"\"]\nenv: {ONE: \"1\"}\n"
                "resources: {cores: 0.5, memory: 64M}\n")
        jobs = [self.client.job_of(reply) for reply in (
            self.client.post_document("/jobs", text, "application/json"),
            self.client.post_document("/jobs", yaml, "application/yaml"),
            self.client.post("/jobs", ("TASK", text)),
            self.client.post("/jobs", ("task", yaml)),
        )]
        expected = jobs[0].document()["parameters"]
        self.assertEqual(["IMAGE"] + ["ENTRYPOINT"] * 4 + ["ARG"] * 2 + ["ENV", "CORES", "MEMORY"],
                         [item["id"] for item in expected])
        for job in jobs:
            self.assertEqual(expected, job.document()["parameters"])
            job.start()
        for job in jobs:
            document = job.completed()
            self.assertEqual({"cores": 0.5, "memoryBytes": 64 << 20}, document["jobInfo"]["resources"])
            self.assertEqual("3:a b\n0:\n", job.stdout())


class Outputs(TaskCase):

    def test_paths_globs_and_names(self):
        script = "mkdir -p plots/deep; echo a > plots/a.png; echo b > plots/b.png; echo c > plots/deep/c.png; " \
                 "echo abs > /tmp/abs.txt; printf '%s' '{}' > data.json"
        job = self.client.shell(script, ("OUTPUT", "plots/*.png"), ("OUTPUT", "deep=plots/deep/c.png"),
                                ("OUTPUT", "/tmp/abs.txt"), ("OUTPUT", "data.json"))
        results = {result["id"]: result for result in job.completed()["results"]}
        self.assertEqual(["a.png", "b.png", "deep", "abs.txt", "data.json", "stdout", "stderr"], list(results))
        self.assertEqual((b"a\n", b"c\n", b"abs\n", b"{}"),
                         tuple(job.result(name) for name in ("a.png", "deep", "abs.txt", "data.json")))
        self.assertEqual("application/json", results["data.json"]["mimeType"])
        self.assertEqual(b"", job.result("result"))  # with several outputs, stdout is the primary result

    def test_two_stars_reach_into_folders(self):
        job = self.client.shell("mkdir -p x/y; echo 1 > x/one.cat; echo 2 > x/y/two.cat", ("OUTPUT", "x/**/*.cat"))
        self.assertEqual({"one.cat", "two.cat", "stdout", "stderr"},
                         {result["id"] for result in job.completed()["results"]})

    def test_a_missing_output_is_an_error_that_keeps_the_others(self):
        job = self.client.shell("echo there > there", ("OUTPUT", "there"), ("OUTPUT", "gone=not/there"))
        document = job.failed()
        self.assertIn("not/there", document["errorSummary"]["message"])
        self.assertEqual(["there", "stdout", "stderr"], [result["id"] for result in document["results"]])
        self.assertEqual(b"there\n", job.result("there"))

    def test_what_a_glob_takes(self):
        script = "mkdir a b; echo one > a/spec.fits; echo two > b/spec.fits; ln -s ../a/spec.fits b/last.fits; " \
                 "ln -s nowhere b/gone.fits; ln -s /etc a/etc.fits; mkfifo a/fifo.fits; echo h > a/.hidden.fits; " \
                 "echo new > changed.fits; echo é > 'é [1].fits'"
        job = self.client.create_with(
            [("IMAGE", "busybox:test"), ("ENTRYPOINT", "sh"), ("ARG", "-c"), ("ARG", script), ("OUTPUT", "**/*.fits"),
             ("OUTPUT", "same-{path}=?/spec.fits"), ("OUTPUT", "é \\[1\\].fits"), ("INPUT", "kept.fits,param:mine"),
             ("INPUT", "changed.fits,param:mine"), ("PHASE", "RUN")], [("mine", "mine", None, b"old\n")])
        document = job.completed()
        paths = {result["id"]: result.get("path", "").removeprefix("/work/job/") for result in document["results"]}
        self.assertEqual({"changed.fits": "changed.fits", "spec.fits": "a/spec.fits", "spec-2.fits": "b/spec.fits",
                          "last.fits": "b/last.fits", "___1_.fits": "é [1].fits", "___1_-2.fits": "é [1].fits",
                          "same-a_spec.fits": "a/spec.fits", "same-b_spec.fits": "b/spec.fits", "stdout": "", "stderr": ""},
                         paths)
        self.assertEqual((b"two\n", b"one\n", b"new\n"),
                         tuple(job.result(name) for name in ("spec-2.fits", "last.fits", "changed.fits")))
        notes = " ".join(document["jobInfo"]["notes"])
        for told in ("b/gone.fits is a symbolic link that leads nowhere", "a/etc.fits leads to a folder",
                     "a/fifo.fits is no regular file"):
            self.assertIn(told, notes)
        headers = job.get("/results/___1_.fits").headers
        self.assertEqual("attachment; filename=\"_ [1].fits\"; filename*=UTF-8''%C3%A9%20%5B1%5D.fits",
                         headers["Content-Disposition"])
        self.assertEqual("application/fits", headers["Content-Type"])
        self.assertEqual(304, job.get("/results/___1_.fits", {"If-Modified-Since": headers["Last-Modified"]}).status)

    def test_a_result_that_was_not_made_is_not_what_was_printed(self):
        job = self.client.shell("echo oh", ("OUTPUT", "result=gone.vot"), ("OUTPUT", "log=gone.txt"))
        job.failed()
        self.assertEqual(404, job.get("/results/result").status)

    def test_a_large_binary_output_is_whole(self):
        job = self.client.shell("head -c 8000000 /dev/urandom > random; md5sum random", ("OUTPUT", "random"))
        job.completed()
        self.assertEqual(job.stdout().split()[0], hashlib.md5(job.result("random")).hexdigest())


class Inputs(TaskCase):
    CONFIG = {"inputs": {"allow_addresses": ["127.0.0.1/32"], "timeout": "10s"}}
    CAT = [("IMAGE", "busybox:test"), ("ENTRYPOINT", "cat")]

    def fetching(self, url):
        return self.client.run(*self.CAT, ("ARG", "in.txt"), ("INPUT", "in.txt," + url))

    def test_an_upload_by_curl(self):
        with tempfile.NamedTemporaryFile() as file:
            content = bytes(range(256)) * 1000
            file.write(content)
            file.flush()
            reply = self.client.curl("-F", "IMAGE=busybox:test", "-F", "ENTRYPOINT=cat", "-F", "ARG=deep/in.bin", "-F",
                                     "INPUT=deep/in.bin,param:picture", "-F", f"picture=@{file.name};type=image/fits",
                                     "-F", "PHASE=RUN", self.service.url + "/jobs")
        job = self.client.job_of(reply)
        document = job.completed()
        self.assertEqual(content, job.result("stdout"))
        shown = [item for item in document["parameters"] if item["byReference"]]
        self.assertEqual([{"id": "picture", "value": job.url + "/parameters/picture", "byReference": True}], shown)
        back = job.get("/parameters/picture")
        self.assertEqual((content, "image/fits"), (back.body, back.headers["Content-Type"]))

    def test_an_upload_as_a_plain_field(self):
        job = self.client.create_with(self.CAT + [("ARG", "in.txt"), ("INPUT", "in.txt,param:text"), ("text", "plain é")],
                                      [])
        job.start().completed()
        self.assertEqual("plain é", job.stdout())

    def test_several_uploads_with_absolute_paths(self):
        files = [("one", "1.txt", "text/plain", b"one\n"), ("two", "2.txt", None, b"two\n")]
        job = self.client.create_with(
            self.CAT + [("ARG", "/data/one"), ("ARG", "/work/job/two"), ("INPUT", "/data/one,param:one"),
                        ("INPUT", "two,param:two"), ("PHASE", "RUN")], files)
        job.completed()
        self.assertEqual("one\ntwo\n", job.stdout())

    def test_an_input_is_fetched_by_its_url(self):
        with file_server("127.0.0.1") as server:
            base = f"http://127.0.0.1:{server.server_port}"
            server.redirects["/moved"] = base + "/data.txt"
            job = self.fetching(base + "/moved")
            job.completed()
            self.assertEqual(b"fetched \xff bytes\n", job.result("stdout"))
            self.assertEqual(["/moved", "/data.txt"], server.asked)

    def test_a_url_that_is_not_there_is_told(self):
        with file_server("127.0.0.1") as server:
            url = f"http://127.0.0.1:{server.server_port}/nothing"
            summary = self.fetching(url).failed()["errorSummary"]
        self.assertEqual("fatal", summary["type"])
        for word in ("in.txt", url, "404"):
            self.assertIn(word, summary["message"])

    def test_nobody_there_is_transient(self):
        with file_server("127.0.0.1") as server:
            port = server.server_port
        summary = self.fetching(f"http://127.0.0.1:{port}/x").failed()["errorSummary"]
        self.assertEqual("transient", summary["type"])

    def test_a_redirect_to_a_forbidden_address_is_refused(self):
        with file_server("127.0.0.2") as other, file_server("127.0.0.1") as server:
            forbidden = {"/metadata": "http://169.254.169.254/latest/meta-data/",
                         "/neighbour": f"http://127.0.0.2:{other.server_port}/data.txt",
                         "/file": "file:///etc/passwd",
                         "/unix": "unix:///var/run/docker.sock",
                         "/mapped": f"http://[::ffff:127.0.0.2]:{other.server_port}/data.txt"}
            server.redirects.update(forbidden)
            jobs = {path: self.fetching(f"http://127.0.0.1:{server.server_port}{path}") for path in forbidden}
            for path, job in jobs.items():
                with self.subTest(path):
                    summary = job.failed()["errorSummary"]
                    self.assertEqual("fatal", summary["type"])
                    self.assertIn("input /work/job/in.txt could not be fetched", summary["message"])
                    self.assertRegex(summary["message"], "(?i)address|redirect|http")
            self.assertEqual([], other.asked)

    def test_a_forbidden_address_is_refused_when_it_is_given(self):
        for url in ("http://169.254.169.254/", "http://127.0.0.2/", "http://[::1]/", "http://2130706434/",
                    "http://0x7f000002/", "http://0/", "http://10.0.0.1:8080/x", "http://user@127.0.0.2/"):
            with self.subTest(url):
                reply = self.client.post("/jobs", *self.CAT, ("INPUT", "in.txt," + url), ("PHASE", "RUN"))
                self.assertIn(reply.status, (400, 403))
                self.assertIn("INPUT", reply.text)


class Mounts(TaskCase):

    @classmethod
    def config(cls):
        cls.data = tempfile.mkdtemp(prefix="duws-data.")
        cls.addClassCleanup(shutil.rmtree, cls.data, True)
        os.chmod(cls.data, 0o777)
        with open(os.path.join(cls.data, "catalogue"), "w", encoding="ascii") as file:
            file.write("stars\n")
        return {"volumes": [{"name": "sky", "source": cls.data}, {"name": "scratch", "source": cls.data, "writable": True}]}

    def test_read_only_and_writable(self):
        script = "cat /sky/catalogue; echo x > /sky/x || echo no; echo y > /scratch/y && echo yes"
        job = self.client.shell(script, ("MOUNT", "sky:/sky"), ("MOUNT", "scratch:/scratch:rw"))
        job.completed()
        self.assertEqual("stars\nno\nyes\n", job.stdout())
        self.assertEqual({"catalogue", "y"}, set(os.listdir(self.data)))

    def test_what_is_not_writable_cannot_be_asked_for_so(self):
        reply = self.client.post("/jobs", ("IMAGE", "busybox:test"), ("MOUNT", "sky:/sky:rw"))
        self.assert_status(403, reply)
        self.assertIn("MOUNT", reply.text)


class Ports(TaskCase):

    @staticmethod
    def outsides():
        """The addresses of this machine that are not loopback, and one address outside."""
        listed = subprocess.run(["ip", "-4", "-o", "address"], check=True, capture_output=True, text=True).stdout
        own = re.findall(r"inet ([0-9.]+)", listed)
        return [address for address in own if not address.startswith("127.")] + ["192.0.2.1"]

    def test_a_web_server_answers_at_the_shown_url_and_nothing_goes_out(self):
        with file_server("0.0.0.0") as outside:
            script = (f"mkdir www; echo hello from inside > www/index.html; for a in {' '.join(self.outsides())}; do "
                      f"wget -q -T 1 -O - http://$a:{outside.server_port}/data.txt && echo went out; done; "
                      "nslookup -type=a example.org 2>&1 | grep -q Name && echo name; "
                      "echo serving; exec httpd -f -p 8080 -h www")
            job = self.client.shell(script, ("PORT", "web=http://:8080/index.html"))
            job.wait_for("EXECUTING")
            shown = until(lambda: [r for r in job.document()["results"] if r["id"] == "web"], "the port to answer")[0]
            self.assertEqual("text/html", shown["mimeType"])
            # Podman publishes no port on the host: its containers are reached at their own addresses.
            where = r"10\.\d+\.\d+\.\d+:8080" if PODMAN else r"127\.0\.0\.1:\d+"
            self.assertRegex(shown["href"], f"^http://{where}/index\\.html$")
            with urllib.request.urlopen(shown["href"], timeout=TEST_TIMEOUT) as answer:
                self.assertEqual(b"hello from inside\n", answer.read())
            redirect = self.assert_status(303, job.get("/results/web"))
            self.assertEqual(shown["href"], redirect.location)
            self.assertIn(shown["href"], str(job.document()["jobInfo"]))
            bindings = self.engine.inspect(job.id)["HostConfig"]["PortBindings"] or {}
            self.assertEqual([] if PODMAN else ["127.0.0.1"], [rows[0]["HostIp"] for rows in bindings.values() if rows])
            self.assertEqual([], outside.asked)
            said = until(lambda: job.get("/results/stdout").text, "its first words")
            self.assertEqual("serving\n", said)
        job.post("/phase", ("PHASE", "ABORT"))
        document = job.wait_for("ABORTED")
        self.assertNotIn("web", [result["id"] for result in document["results"]])  # U8


class Limits(TaskCase):

    def test_limits_and_hardening_stand_in_the_container(self):
        job = self.client.shell("sleep 60", ("CORES", "0.25"), ("MEMORY", "48M"))
        job.wait_for("EXECUTING")
        inspected = self.engine.inspect(job.id)
        host = inspected["HostConfig"]
        self.assertEqual(0.25, host["CpuQuota"] / host["CpuPeriod"])
        self.assertEqual([48 << 20, 48 << 20], [host["Memory"], host["MemorySwap"]])
        self.assertEqual(([], False), (host["CapAdd"] or [], host["Privileged"]))
        # Podman lists the capabilities that it would give by default.
        dropped = [name.removeprefix("CAP_") for name in host["CapDrop"]]
        self.assertLessEqual({"CHOWN", "SETUID", "SYS_CHROOT"} if PODMAN else {"ALL"}, set(dropped))
        self.assertIn("no-new-privileges", host["SecurityOpt"])
        self.assertEqual((512, True, "none", "shareable" if PODMAN else "private"),  # in any case its own namespace
                         (host["PidsLimit"], host["Init"], host["NetworkMode"], host["IpcMode"]))
        name = "RLIMIT_NOFILE" if PODMAN else "nofile"
        self.assertIn({"Name": name, "Soft": 4096, "Hard": 4096}, host["Ulimits"])
        self.assertEqual("10000:10000", inspected["Config"]["User"])
        self.assertEqual(["/work"], [mount["Destination"] for mount in inspected["Mounts"]])
        self.assertEqual([], [bind for bind in host["Binds"] or [] if bind.startswith("/")])
        self.assertEqual([], host["Devices"] or [])
        job.delete()

    def test_the_limits_hold_inside(self):
        script = "grep -E 'CapEff|CapBnd|NoNewPrivs|Seccomp:' /proc/self/status; ulimit -n; ls /sys/class/net; " \
                 "cat /proc/1/comm; mount -t tmpfs none /mnt 2>/dev/null || echo no mount"
        job = self.client.shell(script)
        job.completed()
        self.assertEqual(["CapEff: 0000000000000000", "CapBnd: 0000000000000000", "NoNewPrivs: 1", "Seccomp: 2", "4096", "lo",
                          "podman-init" if PODMAN else "docker-init", "no mount"], [" ".join(line.split()) for line in job.stdout().splitlines()])

    def test_out_of_memory_is_told(self):
        document = self.client.shell("x=$(head -c 200000000 /dev/zero | tr '\\0' x); echo ${#x}", ("MEMORY", "32M")).failed()
        self.assertIn("memory", document["errorSummary"]["message"])
        self.assertIn("32", document["errorSummary"]["message"])
        # Podman does not report it. The only evidence is that this service did not kill the process.
        self.assertEqual("probable" if PODMAN else "outOfMemory", document["jobInfo"]["memoryEvidence"])


class Astronomy(TaskCase):

    def test_the_commands_of_the_readme_give_what_it_shows(self):
        repository = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        with open(os.path.join(repository, "README.md"), encoding="utf-8") as readme:
            minute = readme.read().split("## In one minute")[1].split("\n## ")[0]
        typed = re.findall(r"```sh\n(.*?)```", minute, re.DOTALL)
        shown = re.findall(r"```\n(.*?)```", re.sub(r"```sh\n.*?```", "", minute, flags=re.DOTALL), re.DOTALL)
        self.assertEqual(["scripts/demo --keep"], typed.pop(0).split("\n")[:-1])
        commands = "".join(typed).replace("UWS=http://127.0.0.1:8080\n", f"UWS={self.service.url}\n")
        commands = commands.replace("build/demo/", os.environ["DUWS_M51"] + "/")
        done = subprocess.run(["bash", "-euc", commands], capture_output=True, text=True, timeout=TEST_TIMEOUT, check=True)
        jobs = self.client.get("/jobs?RESPONSEFORMAT=json").json()["jobs"]
        self.client.made.update(job["jobId"] for job in jobs)  # so that they are deleted after the test
        hello, found = shown
        self.assertIn(hello, done.stdout)
        self.assertTrue(done.stdout.endswith(found), done.stdout)

    def test_source_extractor_finds_the_sources_of_m51(self):
        folder = os.environ["DUWS_M51"]
        files = []
        for part, name in [("picture", "m51.fits"), ("columns", "columns.param")]:
            with open(os.path.join(folder, name), "rb") as file:
                files.append((part, name, "application/octet-stream", file.read()))
        pairs = [("IMAGE", "source-extractor")] + [("ARG", argument) for argument in (
            "m51.fits", "-c", "/usr/share/source-extractor/default.sex", "-PARAMETERS_NAME", "columns.param",
            "-CATALOG_NAME", "m51.cat")]
        pairs += [("INPUT", "m51.fits,param:picture"), ("INPUT", "columns.param,param:columns"), ("OUTPUT", "m51.cat")]
        job = self.client.create_with(pairs, files)
        job.start().completed(seconds=TEST_TIMEOUT * 2)
        sources = [line for line in job.result("result").decode().splitlines() if not line.startswith("#")]
        self.assertEqual(194, len(sources))
        self.assertEqual(8, len(sources[0].split()))


if __name__ == "__main__":
    unittest.main()

// The life of UWS jobs, by the very classes that TOPCAT and STILTS use: UwsJob, UwsJobInfo, UwsStage, TapQuery.
//
//   java -cp /usr/share/java/starlink-vo.jar:... UwsLife.java http://127.0.0.1:8080/tap
//
// Prints "done" when everything was as it should be; else ends with what was not.
import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import uk.ac.starlink.table.StarTable;
import uk.ac.starlink.table.StoragePolicy;
import uk.ac.starlink.util.ContentCoding;
import uk.ac.starlink.vo.HttpStreamParam;
import uk.ac.starlink.vo.TapQuery;
import uk.ac.starlink.vo.UwsJob;
import uk.ac.starlink.vo.UwsJobInfo;
import uk.ac.starlink.vo.UwsStage;

public class UwsLife {

    private static final long POLL_MILLIS = 100;

    private final String tap;

    private UwsLife(String tap) {
        this.tap = tap;
    }

    public static void main(String[] args) throws Exception {
        UwsLife life = new UwsLife(args[0]);
        life.createRunWatchDelete();
        life.changeAndAbort();
        life.waitForAChange();
        life.upload();
        life.fail();
        System.out.println("done");
    }

    private static void check(Object expected, Object found, String what) {
        if (!expected.equals(found)) {
            throw new AssertionError(what + " is " + found + ", not " + expected);
        }
    }

    private static Map<String, String> query(String adql) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("REQUEST", "doQuery");
        parameters.put("LANG", "ADQL");
        parameters.put("QUERY", adql);
        return parameters;
    }

    private UwsJob create(Map<String, String> parameters, Map<String, HttpStreamParam> streams) throws Exception {
        return UwsJob.createJob(tap + "/async", parameters, streams);
    }

    private UwsJob create(String adql) throws Exception {
        return create(query(adql), new LinkedHashMap<>());
    }

    private static StarTable resultOf(UwsJob job) throws Exception {
        return TapQuery.getResult(job, ContentCoding.NONE, StoragePolicy.PREFER_MEMORY);
    }

    private void createRunWatchDelete() throws Exception {
        UwsJob job = create("SELECT * FROM public.numbers");
        List<String> seen = new ArrayList<>();
        job.addJobWatcher((changed, info) -> seen.add(info.getPhase()));
        check("PENDING", job.readInfo().getPhase(), "phase");
        check("1.1", job.getLastInfo().getUwsVersion(), "version");
        check(job.getJobUrl().toString(), tap + "/async/" + job.getJobId(), "URL");
        job.start();
        UwsJobInfo info = job.waitForFinish(POLL_MILLIS);
        check("COMPLETED", info.getPhase(), "phase");
        check(UwsStage.FINISHED, UwsStage.forPhase(info.getPhase()), "stage");
        check("PENDING", seen.get(0), "first phase that the watcher saw");
        check("COMPLETED", seen.get(seen.size() - 1), "last phase that the watcher saw");
        check("result", info.getResults()[0].getId(), "first result");
        check(tap + "/async/" + job.getJobId() + "/results/result", info.getResults()[0].getHref(), "its href");
        StarTable table = resultOf(job);
        check(2, table.getColumnCount(), "columns");
        check(5L, StoragePolicy.PREFER_MEMORY.randomTable(table).getRowCount(), "rows");
        job.postDelete();
        job.attemptDelete();  // of what is gone: told on the log, no more
        try {
            job.readInfo();
        } catch (IOException gone) {
            return;
        }
        throw new AssertionError("the job is there after its deletion");
    }

    private void changeAndAbort() throws Exception {
        UwsJob job = create("pause");
        job.postExecutionDuration(77);
        job.postDestruction("2099-01-01T00:00:00.000Z");  // clamped
        UwsJobInfo info = job.readInfo();
        check("77", info.getExecutionDuration(), "execution duration");
        check(true, info.getDestruction().endsWith("Z"), "an instant of destruction");
        check("PENDING", info.getPhase(), "phase");
        job.start();
        job.postPhase("ABORT");
        check("ABORTED", job.waitForFinish(POLL_MILLIS).getPhase(), "phase");
        job.postDelete();
    }

    private void waitForAChange() throws Exception {
        UwsJob job = create("pause");
        UwsJobInfo info = job.readInfo();
        job.start();
        while (UwsStage.forPhase(info.getPhase()) != UwsStage.FINISHED) {
            info = job.readInfoBlocking(10, info);
        }
        check("COMPLETED", info.getPhase(), "phase");
        job.postDelete();
    }

    private static HttpStreamParam votable(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new HttpStreamParam() {
            public Map<String, String> getHttpHeaders() {
                Map<String, String> headers = new LinkedHashMap<>();
                headers.put("Content-Type", "application/x-votable+xml");
                return headers;
            }
            public void writeContent(OutputStream out) throws IOException {
                out.write(bytes);
            }
            public long getContentLength() {
                return bytes.length;
            }
        };
    }

    private void upload() throws Exception {
        int[] sizes = {UwsJob.HTTP_CHUNK_SIZE, 0, 1000};  // chunked as ever; in one piece; in small chunks
        for (int size : sizes) {
            UwsJob.HTTP_CHUNK_SIZE = size;
            Map<String, String> parameters = query("SELECT * FROM TAP_UPLOAD.t1");
            parameters.put("UPLOAD", "t1,param:t1;t2,param:t2");
            Map<String, HttpStreamParam> streams = new LinkedHashMap<>();
            streams.put("t1", votable("<VOTABLE/>"));
            streams.put("t2", votable("<VOTABLE>" + "x".repeat(100000) + "</VOTABLE>"));
            UwsJob job = create(parameters, streams);
            job.start();
            check("COMPLETED", job.waitForFinish(POLL_MILLIS).getPhase(), "phase");
            for (UwsJobInfo.Parameter parameter : job.getLastInfo().getParameters()) {
                boolean uploaded = parameter.getId().startsWith("t");
                check(uploaded, parameter.isByReference(), parameter.getId() + " by reference");
            }
            StarTable table = StoragePolicy.PREFER_MEMORY.randomTable(resultOf(job));
            check("t1", table.getCell(0, 0), "first upload");
            check(10L, table.getCell(0, 1), "its size");
            check(100019L, table.getCell(1, 1), "the size of the other");
            job.postDelete();
        }
    }

    private void fail() throws Exception {
        UwsJob job = create("SELECT * FROM nowhere");
        job.start();
        UwsJobInfo info = job.waitForFinish(POLL_MILLIS);
        check("ERROR", info.getPhase(), "phase");
        check(true, info.getError().isFatal(), "fatal");
        check(false, info.getError().getMessage().isEmpty(), "no message");
        job.postDelete();
    }
}

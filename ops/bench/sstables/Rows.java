// Writes the rows of ops/bench/catalog_rows.py as files that Cassandra reads at its next start: ten million by the driver
// would take an hour. java -cp JARS Rows.java SCHEMA.cql FOLDER FRAMES; a folder FOLDER/TABLE for each table.

import java.io.File;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import org.apache.cassandra.config.DatabaseDescriptor;
import org.apache.cassandra.dht.Murmur3Partitioner;
import org.apache.cassandra.io.sstable.CQLSSTableWriter;

public final class Rows {
    static final int CAMERAS = 50, SEGMENT_FRAMES = 4, WINDOW_FRAMES = 500, FRAMES_PER_S = 2;
    static final long BEGIN_US = 1_750_000_000_000_000L, HOUR_US = 3_600_000_000L, DAY_US = 24 * HOUR_US;
    static final String[] WEATHER = {"clear", "rainy", "snowy", "foggy"};
    static final String[] SCENE = {"city street", "highway", "residential"};
    static final String[] TIME = {"daytime", "night", "dawn/dusk"};
    static final String[] LABELS = {"car", "truck", "person", "bus", "bike", "train"};

    /** Tables whose rows lie in one cell beside their key, and what is written of them. */
    static final Map<String, List<String>> IN_CELLS = Map.of(
        "decisions", List.of("window_id", "frame_id", "decided"),
        "frames", List.of("frame_id", "seen"),
        "frames_by_camera", List.of("camera_id", "hour", "at_us", "frame_id", "seen"));

    /** A partition: its key's place on the ring, and what writes its rows in order. */
    record Partition(long token, Rowful rows) {}

    interface Rowful {
        void write(CQLSSTableWriter to) throws Exception;
    }

    static String schema;
    static Path folder;
    static int frames;

    public static void main(String[] arguments) throws Exception {
        schema = Files.readString(Path.of(arguments[0])).replaceAll("(?m)^\\s*--.*$", "");
        folder = Path.of(arguments[1]);
        frames = Integer.parseInt(arguments[2]);
        int turns = (frames + CAMERAS * SEGMENT_FRAMES - 1) / (CAMERAS * SEGMENT_FRAMES);
        long firstHour = BEGIN_US / HOUR_US, lastHour = atUs(frames - 1) / HOUR_US;

        write("frames", IntStream.range(0, frames).mapToObj(
            n -> new Partition(token(text(frameId(n))), to -> to.rawAddRow(frame(n, false)))));
        write("decisions", IntStream.rangeClosed(0, (frames - 1) / WINDOW_FRAMES).mapToObj(
            window -> new Partition(token(text("default/0/" + window)), to -> {
                for (int n = window * WINDOW_FRAMES; n < Math.min(frames, (window + 1) * WINDOW_FRAMES); n++)
                    to.rawAddRow(decision(n));
            })));
        List<Partition> byCamera = new ArrayList<>(), hours = new ArrayList<>();
        for (int camera = 0; camera < CAMERAS; camera++) {
            final int c = camera;
            hours.add(new Partition(token(text(camera(c))), to -> {
                for (long hour = firstHour; hour <= lastHour; hour++)
                    to.rawAddRow(List.of(text(camera(c)), bigint(hour), bigint(c + 1)));
            }));
            for (long hour = firstHour; hour <= lastHour; hour++) {
                final long h = hour;
                byCamera.add(new Partition(token(composite(text(camera(c)), bigint(h))), to -> {
                    for (int turn = 0; turn < turns; turn++)
                        for (int n = number(turn, c, 0); n < number(turn, c, 0) + SEGMENT_FRAMES && n < frames; n++)
                            if (atUs(n) / HOUR_US == h) to.rawAddRow(frame(n, true));
                }));
            }
        }
        write("frames_by_camera", byCamera.stream());
        write("hours_by_camera", hours.stream());
        List<Partition> byTag = new ArrayList<>(), hoursOfTags = new ArrayList<>();
        for (Tag tag : allTags())
            LongStream.rangeClosed(firstHour, lastHour).boxed().collect(Collectors.groupingBy(hour -> day(hour * HOUR_US)))
                .forEach((day, some) -> hoursOfTags.add(new Partition(token(composite(text(tag.text()), text(day))), to -> {
                    for (long hour : some)
                        to.rawAddRow(List.of(text(tag.text()), text(day), int32((int) (hour % 24)), bigint(1)));
                })));
        write("hours_by_tag", hoursOfTags.stream());
        for (Tag tag : allTags())
            for (long hour = firstHour; hour <= lastHour; hour++) {
                final long h = hour;
                final String day = day(h * HOUR_US);
                byTag.add(new Partition(token(composite(text(tag.text()), text(day), int32((int) (h % 24)))), to -> {
                    for (int turn = 0; turn < turns; turn++)
                        for (int index = 0; index < SEGMENT_FRAMES; index++)
                            for (int camera = 0; camera < CAMERAS; camera++) {
                                int n = number(turn, camera, index);
                                if (n < frames && atUs(n) / HOUR_US == h && tag.of().test(n))
                                    to.rawAddRow(List.of(text(tag.text()), text(day), int32((int) (h % 24)), bigint(atUs(n)),
                                        text(frameId(n)), bigint(n + 1)));
                            }
                }));
            }
        write("frames_by_tag", byTag.stream());
    }

    /** Write one table, its partitions in the order of the ring. */
    static void write(String table, java.util.stream.Stream<Partition> partitions) throws Exception {
        Matcher found = Pattern.compile("CREATE TABLE IF NOT EXISTS " + table + " \\((.*?)\\n\\)", Pattern.DOTALL).matcher(schema);
        if (!found.find()) throw new IllegalArgumentException("no table " + table + " in the schema");
        Matcher added = Pattern.compile("ALTER TABLE " + table + " ADD ([^;]*);").matcher(schema);
        String definition = (added.find() ? added.group(1) + ",\n" : "") + found.group(1);
        List<String> columns = IN_CELLS.getOrDefault(table,
            definition.lines().map(String::trim).filter(line -> !line.isEmpty()).map(line -> line.split(" ")[0])
                .filter(column -> !column.equals("PRIMARY")).collect(Collectors.toList()));
        File place = folder.resolve(table).toFile();
        place.mkdirs();
        String marks = columns.stream().map(column -> "?").collect(Collectors.joining(", "));
        try (CQLSSTableWriter to = CQLSSTableWriter.builder()
                .withFormat(DatabaseDescriptor.getSSTableFormats().get("bti")) // else a lookup of a key reads up to 128 of them
                .inDirectory(place.getAbsolutePath())
                .forTable("CREATE TABLE bench." + table + " (" + definition + "\n)")
                .using("INSERT INTO bench." + table + " (" + String.join(", ", columns) + ") VALUES (" + marks
                    + ") USING TIMESTAMP ?")
                .sorted().build()) {
            for (Partition one : partitions.sorted(Comparator.comparingLong(Partition::token)).toList()) one.rows().write(to);
        }
        System.out.println(table);
    }

    static List<ByteBuffer> frame(int n, boolean byCamera) {
        String[] labels = labels(n);
        String camera = camera((int) (n / SEGMENT_FRAMES % CAMERAS));
        String objects = IntStream.range(0, 6).mapToObj(k ->
            "{\"label\":\"" + labels[k % 2] + "\",\"score\":" + mixed(n, 10 + k, 1000) / 1000.0
                + ",\"x1_px\":1.0,\"y1_px\":2.0,\"x2_px\":30.0,\"y2_px\":40.0}").collect(Collectors.joining(","));
        ByteBuffer seen = text("{\"frame_id\":\"" + frameId(n) + "\",\"segment_id\":\"" + segmentId(n) + "\",\"camera_id\":\"" + camera
            + "\",\"archive\":\"default\",\"day\":\"" + day(atUs(n)) + "\",\"at_us\":" + atUs(n)
            + ",\"frame_index\":" + n % SEGMENT_FRAMES + ",\"kept\":" + (n % 20 == 0)
            + ",\"keyframe\":false,\"duplicate_of\":\"\",\"still_key\":\"\",\"attributes\":{\"scene\":\"" + SCENE[mixed(n, 2, 3)]
            + "\",\"timeofday\":\"" + TIME[mixed(n, 3, 3)] + "\",\"weather\":\"" + WEATHER[mixed(n, 1, 4)]
            + "\"},\"measures\":{\"brightness_ratio\":" + mixed(n, 4, 997) / 997.0 + "},\"objects\":[" + objects
            + "],\"tags\":[\"" + String.join("\",\"", tags(n)) + "\"],\"version\":" + n + "}");
        ByteBuffer id = text(frameId(n)), stamp = bigint(n + 1); // the timestamp of what version n writes
        return byCamera ? List.of(text(camera), bigint(atUs(n) / HOUR_US), bigint(atUs(n)), id, seen, stamp)
            : List.of(id, seen, stamp);
    }

    static List<ByteBuffer> decision(int n) {
        ByteBuffer decided = tuple(int32(n % WINDOW_FRAMES), text(camera(n / SEGMENT_FRAMES % CAMERAS)), text("default"),
            bigint(atUs(n)), bool(n % 20 == 0), float64(0.01), parts(1, text("budget")), text(""), bigint(53_000), text("p"),
            bigint(n));
        return List.of(text("default/0/" + n / WINDOW_FRAMES), text(frameId(n)), decided, bigint(n + 1));
    }

    static int mixed(int number, int salt, int below) {
        long x = (number * 0x9E3779B1L + salt * 0x85EBCA6BL) & 0xFFFFFFFFL;
        x = ((x ^ x >>> 15) * 0x2C1B3C6DL) & 0xFFFFFFFFL;
        return (int) ((x ^ x >>> 12) % below);
    }

    static int number(int turn, int camera, int index) {
        return (turn * CAMERAS + camera) * SEGMENT_FRAMES + index;
    }

    static long atUs(int n) {
        long turn = n / SEGMENT_FRAMES / CAMERAS;
        return BEGIN_US + (turn * SEGMENT_FRAMES + n % SEGMENT_FRAMES) * 1_000_000L / FRAMES_PER_S;
    }

    static String[] labels(int n) {
        int first = mixed(n, 5, 6);
        return new String[] {LABELS[first], LABELS[(first + 1 + mixed(n, 6, 5)) % 6]};
    }

    static String[] tags(int n) {
        String[] labels = labels(n);
        String[] tags = {"weather=" + WEATHER[mixed(n, 1, 4)], "scene=" + SCENE[mixed(n, 2, 3)],
            "timeofday=" + TIME[mixed(n, 3, 3)], "objects=" + labels[0], "objects=" + labels[1]};
        Arrays.sort(tags);
        return tags;
    }

    /** A tag, and which frames carry it. */
    record Tag(String text, IntPredicate of) {}

    static List<Tag> allTags() {
        List<Tag> tags = new ArrayList<>();
        IntStream.range(0, 4).forEach(k -> tags.add(new Tag("weather=" + WEATHER[k], n -> mixed(n, 1, 4) == k)));
        IntStream.range(0, 3).forEach(k -> tags.add(new Tag("scene=" + SCENE[k], n -> mixed(n, 2, 3) == k)));
        IntStream.range(0, 3).forEach(k -> tags.add(new Tag("timeofday=" + TIME[k], n -> mixed(n, 3, 3) == k)));
        for (String one : LABELS)
            tags.add(new Tag("objects=" + one, n -> Arrays.asList(labels(n)).contains(one)));
        return tags;
    }

    static String segmentId(int n) {
        return String.format("%032x", n / SEGMENT_FRAMES);
    }

    static String frameId(int n) {
        return segmentId(n) + String.format("-%04d", n % SEGMENT_FRAMES);
    }

    static String camera(int number) {
        return String.format("camera-%03d", number);
    }

    static String day(long atUs) {
        return java.time.LocalDate.ofEpochDay(atUs / DAY_US).toString();
    }

    static long token(ByteBuffer key) {
        return (long) Murmur3Partitioner.instance.getToken(key).getTokenValue();
    }

    /** A key of several parts, as it lies on disk. */
    static ByteBuffer composite(ByteBuffer... parts) {
        ByteBuffer key = ByteBuffer.allocate(Arrays.stream(parts).mapToInt(part -> part.remaining() + 3).sum());
        for (ByteBuffer part : parts) key.putShort((short) part.remaining()).put(part.duplicate()).put((byte) 0);
        return key.flip();
    }

    /** A collection: how many entries, then each part with its length. */
    static ByteBuffer parts(int entries, ByteBuffer... parts) {
        ByteBuffer joined = ByteBuffer.allocate(4 + Arrays.stream(parts).mapToInt(part -> part.remaining() + 4).sum());
        joined.putInt(entries);
        for (ByteBuffer part : parts) joined.putInt(part.remaining()).put(part.duplicate());
        return joined.flip();
    }

    /** A tuple, which does not count its parts. */
    static ByteBuffer tuple(ByteBuffer... parts) {
        return parts(0, parts).position(4).slice();
    }

    static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    static ByteBuffer bigint(long value) {
        return ByteBuffer.allocate(8).putLong(value).flip();
    }

    static ByteBuffer int32(int value) {
        return ByteBuffer.allocate(4).putInt(value).flip();
    }

    static ByteBuffer float64(double value) {
        return ByteBuffer.allocate(8).putDouble(value).flip();
    }

    static ByteBuffer bool(boolean value) {
        return ByteBuffer.wrap(new byte[] {(byte) (value ? 1 : 0)});
    }
}

#include "pipeline/journal_records.hpp"

#include <algorithm>

#include "streamstats/base/bytes.hpp"
#include "streamstats/base/row_bytes.hpp"

namespace streamstats::pipeline {
namespace {

constexpr std::uint8_t records_version = 1;

record_bytes begun() {
    return {std::byte{records_version}};
}

// Reads one record; nothing if its version is another or something is left or missing.
template <class Record, class Read>
std::optional<Record> parsed(journal::bytes_view bytes, Read read) {
    byte_reader from(bytes);
    if (from.octet() != records_version) return std::nullopt;
    Record record;
    read(from, record);
    if (from.failed() || from.left() != 0) return std::nullopt;
    return record;
}

void write_rows(byte_writer& to, std::span<const minute_row> rows) {
    to.number(rows.size());
    for (const minute_row& row : rows) write_row(to, row);
}

void read_rows(byte_reader& from, std::vector<minute_row>& into) {
    const std::uint64_t count = from.number();
    for (std::uint64_t i = 0; i < count && !from.failed(); ++i) into.push_back(read_row(from));
}

void write_minutes(byte_writer& to, const std::vector<minute>& minutes) {
    to.number(minutes.size());
    for (const minute at : minutes) to.time(start_of(at));
}

void read_minutes(byte_reader& from, std::vector<minute>& into) {
    const std::uint64_t count = from.number();
    for (std::uint64_t i = 0; i < count && !from.failed(); ++i) into.push_back(minute_of(from.time()));
}

void write_flush(byte_writer& to, const flush_record& record) {
    to.number(record.number);
    to.time(start_of(record.written_before));
    write_minutes(to, record.cleared);
    write_rows(to, record.revisions);
}

void read_flush(byte_reader& from, flush_record& into) {
    into.number = from.number();
    into.written_before = minute_of(from.time());
    read_minutes(from, into.cleared);
    read_rows(from, into.revisions);
}

}  // namespace

record_bytes to_payload(const run_record& record) {
    record_bytes bytes = begun();
    byte_writer(bytes).time(record.started);
    return bytes;
}

record_bytes to_payload(const flush_record& record) {
    record_bytes bytes = begun();
    byte_writer to(bytes);
    write_flush(to, record);
    return bytes;
}

record_bytes to_payload(const checkpoint_head& head) {
    record_bytes bytes = begun();
    byte_writer to(bytes);
    to.number(head.applied);
    to.text(head.secret);
    to.number(head.flush_number);
    to.time(start_of(head.written_before));
    to.time(start_of(head.complete_before));
    to.octet(static_cast<std::uint8_t>((head.rows_stored ? 1 : 0) | (head.sessions_stored ? 2 : 0) |
                                       (head.in_hand ? 4 : 0)));
    write_minutes(to, head.cleared);
    if (head.in_hand) write_flush(to, *head.in_hand);
    return bytes;
}

record_bytes to_payload(std::span<const minute_row> rows) {
    record_bytes bytes = begun();
    byte_writer to(bytes);
    write_rows(to, rows);
    return bytes;
}

std::optional<run_record> run_record_from(journal::bytes_view bytes) {
    return parsed<run_record>(bytes, [](byte_reader& from, run_record& into) { into.started = from.time(); });
}

std::optional<flush_record> flush_record_from(journal::bytes_view bytes) {
    return parsed<flush_record>(bytes, read_flush);
}

std::optional<checkpoint_head> checkpoint_head_from(journal::bytes_view bytes) {
    return parsed<checkpoint_head>(bytes, [](byte_reader& from, checkpoint_head& into) {
        into.applied = from.number();
        into.secret = from.text();
        into.flush_number = from.number();
        into.written_before = minute_of(from.time());
        into.complete_before = minute_of(from.time());
        const std::uint8_t flags = from.octet();
        into.rows_stored = (flags & 1U) != 0;
        into.sessions_stored = (flags & 2U) != 0;
        read_minutes(from, into.cleared);
        if ((flags & 4U) != 0) read_flush(from, into.in_hand.emplace());
    });
}

std::optional<std::vector<minute_row>> rows_from(journal::bytes_view bytes) {
    return parsed<std::vector<minute_row>>(bytes, read_rows);
}

}  // namespace streamstats::pipeline

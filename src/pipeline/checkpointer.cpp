#include "pipeline/checkpointer.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

namespace streamstats::pipeline {
namespace {

using journal::file_failure;
using journal::file_trouble;
using journal::frame_kind;

// A piece keeps the engine thread for a millisecond or two.
constexpr std::size_t sessions_per_piece = 4'000;
constexpr std::size_t rows_per_piece = 20'000;

constexpr std::uint64_t reserve_bytes_min = std::uint64_t{16} << 20;
const std::string reserve_name{"reserve"};

// A quarter more than the last one took, since the next may be larger.
std::uint64_t reserve_for(std::uint64_t checkpoint_bytes) {
    return std::max(reserve_bytes_min, checkpoint_bytes + checkpoint_bytes / 4);
}

// Nothing: it is not there, or cannot be looked at.
std::optional<std::uint64_t> size_of(journal::file_system& files, const std::string& name) {
    const auto there = files.open(name);
    if (!there) return std::nullopt;
    const auto size = there.value()->size();
    return size ? std::optional(size.value()) : std::nullopt;
}

// Nothing but a help: without it a full disk needs somebody to make room.
void keep_reserve(journal::file_system& files, std::uint64_t checkpoint_bytes) {
    const std::uint64_t wanted = reserve_for(checkpoint_bytes);
    if (const auto size = size_of(files, reserve_name)) {
        if (*size >= checkpoint_bytes && *size / 2 <= wanted) return;
        files.remove(reserve_name);
    }
    files.create(reserve_name, wanted);
}

}  // namespace

struct checkpointer::draft {
    std::unique_ptr<journal::checkpoint_writer> file;
    std::optional<file_failure> trouble;

    void begin(journal::file_system& files) {
        auto begun = journal::checkpoint_writer::begin(files);
        if (begun) {
            file = std::move(begun.value());
        } else {
            trouble = begun.error();
        }
    }
    void add(frame_kind kind, journal::bytes_view bytes) {
        if (!trouble) trouble = file->add(kind, bytes);
    }
    void commit() {
        if (!trouble) trouble = file->commit();
    }
};

checkpointer::checkpointer(journal::file_system& files, stage& stage, finished after_each)
    : files_(files), stage_(stage), finished_(std::move(after_each)) {}

void checkpointer::begin(engine& of, checkpoint_head head, std::vector<minute_row> rows) {
    engine_ = &of;
    engine_->begin_picture();
    draft_ = std::make_shared<draft>();
    outcome_ = {.trouble = {}, .applied = head.applied, .bytes = 0};
    stage_.on_disk(
        [this, to = draft_, head = std::move(head), rows = std::move(rows)] {
            to->begin(files_);
            to->add(frame_kind::checkpoint_head, to_payload(head));
            std::span<const minute_row> left(rows);
            while (!left.empty()) {
                const auto some = left.first(std::min(rows_per_piece, left.size()));
                to->add(frame_kind::checkpoint_rows, to_payload(some));
                left = left.subspan(some.size());
            }
        },
        [this] { next_piece(); });
}

// After a failure the picture is taken to its end all the same, for nobody: the engine knows no other way to end it.
void checkpointer::next_piece() {
    auto piece = engine_->take_picture_piece(sessions_per_piece);
    if (!piece) return commit();
    stage_.on_disk([to = draft_, bytes = *std::move(piece)] { to->add(frame_kind::checkpoint_sessions, bytes); },
                   [this] { next_piece(); });
}

void checkpointer::commit() {
    stage_.on_disk(
        [this, to = draft_] {
            to->commit();
            if (to->trouble) {
                to->file.reset();  // here, as it removes the draft, and before another one is begun
                if (to->trouble->trouble == file_trouble::no_room) files_.remove(reserve_name);
            } else {
                keep_reserve(files_, to->file->bytes());
            }
        },
        [this] { end(); });
}

void checkpointer::end() {
    const auto done = std::exchange(draft_, nullptr);
    outcome_.trouble = done->trouble;
    if (!done->trouble) outcome_.bytes = done->file->bytes();
    finished_(outcome_);
}

}  // namespace streamstats::pipeline

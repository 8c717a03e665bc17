#include "journal_command.hpp"

#include <cstdint>
#include <map>
#include <ostream>
#include <string>

#include "commands.hpp"
#include "settings_or_errors.hpp"
#include "streamstats/disk/posix_files.hpp"
#include "streamstats/journal/journal.hpp"
#include "streamstats/pipeline/frame_json.hpp"

namespace streamstats::app {
namespace {

using journal::bytes_view;
using journal::checkpoint_state;
using journal::frame_kind;

class inspection {
public:
    inspection(journal_action what, journal::file_system& files, std::ostream& out, std::ostream& errors)
        : what_(what), files_(files), out_(out), errors_(errors) {}
    int run();

private:
    std::optional<failure> read_checkpoint();
    std::optional<failure> read_frames();
    void take_head(bytes_view payload);
    void show(const std::string& where, frame_kind kind, bytes_view payload);
    void count(frame_kind kind) { ++frames_[pipeline::name_of(kind)]; }

    journal_action what_;
    journal::file_system& files_;
    std::ostream& out_;
    std::ostream& errors_;
    journal::lsn applied_ = 0;
    std::map<std::string, std::uint64_t> frames_;
    bool damaged_ = false;
};

void inspection::show(const std::string& where, frame_kind kind, bytes_view payload) {
    if (what_ != journal_action::dump) return;
    out_ << "{" << where << ",\"kind\":\"" << pipeline::name_of(kind)
         << "\",\"content\":" << pipeline::frame_json(kind, payload) << "}\n";
}

void inspection::take_head(bytes_view payload) {
    const auto applied = pipeline::applied_by(payload);
    if (!applied) errors_ << "the head of the checkpoint CANNOT BE UNDERSTOOD\n";
    damaged_ = damaged_ || !applied;
    applied_ = applied.value_or(0);
}

std::optional<failure> inspection::read_checkpoint() {
    std::uint64_t bytes = 0;
    const auto state = journal::read_checkpoint(files_, [&](frame_kind kind, bytes_view payload) {
        bytes += journal::frame_bytes(payload.size());
        if (kind == frame_kind::checkpoint_head) take_head(payload);
        if (kind != frame_kind::checkpoint_sessions) show("\"file\":\"checkpoint\"", kind, payload);
    });
    if (!state) return state.error();
    switch (state.value()) {
        case checkpoint_state::absent:
            errors_ << "checkpoint: none\n";
            break;
        case checkpoint_state::whole:
            errors_ << "checkpoint: whole, " << bytes << " bytes, holds the frames up to " << applied_ << '\n';
            break;
        case checkpoint_state::torn:
            errors_ << "checkpoint: DAMAGED\n";
            damaged_ = true;
            break;
        case checkpoint_state::newer_format:
            return failure{"the checkpoint is of a newer version of streamstats", "use that version"};
    }
    return std::nullopt;
}

std::optional<failure> inspection::read_frames() {
    const auto found =
        journal::read_journal(files_, applied_ + 1,
                              [&](const journal::frame_header& header, bytes_view payload) {
                                  count(header.kind);
                                  show("\"frame\":" + std::to_string(header.number), header.kind, payload);
                                  return journal::visit_outcome::go_on;
                              },
                              {});
    if (!found) return found.error();
    errors_ << "frames behind it: " << found.value().frames;
    for (const auto& [name, count] : frames_) errors_ << ", " << count << ' ' << name;
    errors_ << "\nlast frame: " << found.value().last << '\n';
    if (found.value().torn_bytes > 0) {
        errors_ << "torn tail, never acknowledged: " << found.value().torn_bytes << " bytes\n";
    }
    for (const journal::gap& lost : found.value().gaps) {
        errors_ << "LOST: frames " << lost.first << " to " << lost.last << ", which were acknowledged (" << lost.where
                << ")\n";
        damaged_ = true;
    }
    return std::nullopt;
}

int inspection::run() {
    if (const auto trouble = read_checkpoint()) return failed(errors_, *trouble);
    if (const auto trouble = read_frames()) return failed(errors_, *trouble);
    errors_ << (damaged_ ? "the journal is damaged\n" : "the journal is fine\n");
    return damaged_ ? exit_failure : exit_ok;
}

}  // namespace

int read_journal_files(journal_action what, const std::filesystem::path& folder, std::ostream& out,
                       std::ostream& errors) {
    const bool is_data_directory = std::filesystem::is_directory(folder / "journal");
    const std::filesystem::path where = is_data_directory ? folder / "journal" : folder;
    if (!std::filesystem::is_directory(where)) {
        return failed(errors, {where.string() + " is no directory", "give the journal folder, or STREAM_DATA_DIR"});
    }
    auto files = disk::open_folder(where);
    if (!files) return failed(errors, files.error());
    return inspection(what, *files.value(), out, errors).run();
}

}  // namespace streamstats::app

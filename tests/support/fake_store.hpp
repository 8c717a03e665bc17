// A store in memory that fails on request: away, busy, slow, or with an answer that gets lost after the work was done.
// Any thread.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "streamstats/pipeline/rollup_store.hpp"
#include "support/rows.hpp"

namespace streamstats::testing {

enum class store_call : std::uint8_t {
    prepare,
    position,
    keep_secret,
    write,
    sync_sessions,
    load_sessions,
    append_rejected
};
inline constexpr std::size_t store_call_count = 7;

class fake_store final : public rollup_store {
public:
    // The next `times` calls of this sort fail like this and do nothing.
    void fail_next(store_call which, store_trouble trouble, int times = 1);
    // The next call of this sort does its work and then says that the store is away.
    void lose_next_answer(store_call which);
    // As if that had not been said, of any sort.
    void lose_no_answer();
    // The tables are empty, and the flush number is that of a new database.
    void lose_everything();
    // Every call fails from now on, or works again.
    void go_away(store_trouble how = store_trouble::away);
    void come_back();
    // Calls do not return until they are let go.
    void hold();
    void let_go();
    // Flushes of more rows are too large.
    void limit_rows(std::size_t rows_max);

    // What is in it.
    [[nodiscard]] rows content() const;
    [[nodiscard]] std::map<session_key, session_row> sessions() const;
    [[nodiscard]] std::vector<rejected_event> rejected() const;
    [[nodiscard]] store_position kept() const;
    // Every flush that was applied, in order.
    [[nodiscard]] std::vector<flush> flushes() const;
    [[nodiscard]] std::vector<session_changes> syncs() const;
    // How often a method was called, with or without success.
    [[nodiscard]] std::size_t calls(store_call which) const;
    // What the pipeline did that it must not do; empty: nothing.
    [[nodiscard]] std::string complaint() const;

    // What an earlier run left.
    void keep(store_position position);
    void keep(const session_row& session);

    std::optional<store_failure> prepare() override;
    result<store_position, store_failure> position() override;
    std::optional<store_failure> keep_secret(const std::string& hex) override;
    std::optional<store_failure> write(const flush& what) override;
    std::optional<store_failure> sync_sessions(const session_changes& changes) override;
    std::optional<store_failure> load_sessions(const std::function<void(const session_row&)>& each) override;
    std::optional<store_failure> append_rejected(std::span<const rejected_event> events) override;
    [[nodiscard]] std::string description() const override { return "fake store"; }

private:
    struct plan {
        int fail = 0;
        store_trouble how{};
        bool lose = false;
        std::size_t calls = 0;
    };
    // Does `work` unless it is to fail.
    std::optional<store_failure> perform(store_call which, const std::function<void()>& work);
    std::optional<store_trouble> trouble_of(plan& with);
    void apply(const flush& what);

    mutable std::mutex mutex_;  // guards all below
    std::condition_variable released_;
    std::array<plan, store_call_count> plans_;
    std::optional<store_trouble> away_;
    bool held_ = false;
    std::size_t rows_max_ = static_cast<std::size_t>(-1);
    bool emptied_ = false;  // a number that does not follow is refused; otherwise it is a mistake of the pipeline
    table table_;
    store_position position_;
    std::map<session_key, session_row> sessions_;
    std::vector<rejected_event> rejected_;
    std::vector<flush> flushes_;
    std::vector<session_changes> syncs_;
    std::string complaint_;
};

}  // namespace streamstats::testing

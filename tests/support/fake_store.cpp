#include "support/fake_store.hpp"

#include <utility>

namespace streamstats::testing {
namespace {

store_failure failure_of(store_trouble trouble) {
    store_failure result;
    result.what = "the fake store was told to fail";
    result.trouble = trouble;
    return result;
}

}  // namespace

void fake_store::fail_next(store_call which, store_trouble trouble, int times) {
    const std::lock_guard lock(mutex_);
    plan& with = plans_.at(static_cast<std::size_t>(which));
    with.fail = times;
    with.how = trouble;
}

void fake_store::lose_next_answer(store_call which) {
    const std::lock_guard lock(mutex_);
    plans_.at(static_cast<std::size_t>(which)).lose = true;
}

void fake_store::lose_no_answer() {
    const std::lock_guard lock(mutex_);
    for (plan& each : plans_) each.lose = false;
}

void fake_store::lose_everything() {
    const std::lock_guard lock(mutex_);
    table_ = {};
    position_ = {};
    sessions_.clear();
    rejected_.clear();
    emptied_ = true;
}

void fake_store::go_away(store_trouble how) {
    const std::lock_guard lock(mutex_);
    away_ = how;
}

void fake_store::come_back() {
    const std::lock_guard lock(mutex_);
    away_.reset();
}

void fake_store::hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
}

void fake_store::let_go() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    released_.notify_all();
}

void fake_store::limit_rows(std::size_t rows_max) {
    const std::lock_guard lock(mutex_);
    rows_max_ = rows_max;
}

std::optional<store_trouble> fake_store::trouble_of(plan& with) {
    if (away_) return away_;
    if (with.fail == 0) return std::nullopt;
    --with.fail;
    return with.how;
}

std::optional<store_failure> fake_store::perform(store_call which, const std::function<void()>& work) {
    std::unique_lock lock(mutex_);
    plan& with = plans_.at(static_cast<std::size_t>(which));
    ++with.calls;
    released_.wait(lock, [this] { return !held_; });
    if (const auto trouble = trouble_of(with)) return failure_of(*trouble);
    work();
    if (std::exchange(with.lose, false)) return failure_of(store_trouble::away);
    return std::nullopt;
}

std::optional<store_failure> fake_store::prepare() {
    return perform(store_call::prepare, [] {});
}

result<store_position, store_failure> fake_store::position() {
    store_position found;
    if (auto trouble = perform(store_call::position, [&] { found = position_; })) return *std::move(trouble);
    return found;
}

std::optional<store_failure> fake_store::keep_secret(const std::string& hex) {
    return perform(store_call::keep_secret, [&] { position_.secret = hex; });
}

std::optional<store_failure> fake_store::write(const flush& what) {
    std::optional<store_trouble> objection;
    auto trouble = perform(store_call::write, [&] {
        if (what.rows.size() > rows_max_) objection = store_trouble::too_large;
        if (emptied_ && what.number > position_.flush_number + 1) objection = store_trouble::refused;
        if (!objection) apply(what);
    });
    if (objection) return failure_of(*objection);
    return trouble;
}

void fake_store::apply(const flush& what) {
    if (what.rows.empty() && what.cleared.empty()) complaint_ += "an empty flush\n";
    if (what.number <= position_.flush_number) return;  // applied before
    if (what.number != position_.flush_number + 1) complaint_ += "a gap before flush " + std::to_string(what.number);
    if (position_.written_before && what.written_before < *position_.written_before) {
        complaint_ += "written_before went back\n";
    }
    position_.flush_number = what.number;
    position_.written_before = what.written_before;
    for (const minute at : what.cleared) table_.clear(at);
    table_.apply(what.rows);
    complaint_ += table_.complaint();
    flushes_.push_back(what);
}

std::optional<store_failure> fake_store::sync_sessions(const session_changes& changes) {
    return perform(store_call::sync_sessions, [&] {
        for (const session_row& row : changes.open) sessions_.insert_or_assign(row.key, row);
        for (const session_key& key : changes.gone) sessions_.erase(key);
        syncs_.push_back(changes);
    });
}

std::optional<store_failure> fake_store::load_sessions(const std::function<void(const session_row&)>& each) {
    return perform(store_call::load_sessions, [&] {
        for (const auto& [key, row] : sessions_) each(row);
    });
}

std::optional<store_failure> fake_store::append_rejected(std::span<const rejected_event> events) {
    return perform(store_call::append_rejected,
                   [&] { rejected_.insert(rejected_.end(), events.begin(), events.end()); });
}

rows fake_store::content() const {
    const std::lock_guard lock(mutex_);
    return table_.content();
}

std::map<session_key, session_row> fake_store::sessions() const {
    const std::lock_guard lock(mutex_);
    return sessions_;
}

std::vector<rejected_event> fake_store::rejected() const {
    const std::lock_guard lock(mutex_);
    return rejected_;
}

store_position fake_store::kept() const {
    const std::lock_guard lock(mutex_);
    return position_;
}

std::vector<flush> fake_store::flushes() const {
    const std::lock_guard lock(mutex_);
    return flushes_;
}

std::vector<session_changes> fake_store::syncs() const {
    const std::lock_guard lock(mutex_);
    return syncs_;
}

std::size_t fake_store::calls(store_call which) const {
    const std::lock_guard lock(mutex_);
    return plans_.at(static_cast<std::size_t>(which)).calls;
}

std::string fake_store::complaint() const {
    const std::lock_guard lock(mutex_);
    return complaint_;
}

void fake_store::keep(store_position position) {
    const std::lock_guard lock(mutex_);
    position_ = std::move(position);
}

void fake_store::keep(const session_row& session) {
    const std::lock_guard lock(mutex_);
    sessions_.insert_or_assign(session.key, session);
}

}  // namespace streamstats::testing

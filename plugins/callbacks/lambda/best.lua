-- Remembers the best epoch, and tells it at the end.
local function better(value)
  return value and (not state.best or value < state.best)
end

function on_epoch_end()
  if better(logs.val_loss) then
    state.best, state.epoch = logs.val_loss, epoch
  end
end

function on_run_end()
  if state.best then
    log("best val_loss " .. state.best .. " at epoch " .. state.epoch)
  end
end

function on_epoch_edn()
  stop("never called")
end

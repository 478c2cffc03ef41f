"""How long the lake keeps what: hot, then packed and cold, then gone; cold days come back for a while.

plan        which days leave, which cold files end, what a restore costs; pure
notes       which files are cold, as an Iceberg table of its own
cold        where cold files lie: a folder, or a Glacier class of S3
move        days out of the tables into cold files, and cold files to their end
restore     cold days as tables with an expiry
sweep       what of it is over, or was left by a run that was cut off
erase       one plate out of everything
"""

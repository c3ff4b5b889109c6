"""What a stranger, a foreign page or a broken device might try: played on real processes."""

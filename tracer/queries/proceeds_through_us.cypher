// en: Which payments carried proceeds under some rule and name a US institution, with which grade? One row for each side and institution: rows are not to be added.
// zh: 哪些付款按某一规则含有涉案资金且提及美国金融机构，证明等级为何？（每一侧、每一机构各列一行，不得相加。）
// run: yes
// columns: day day, account text, side text, amount money/currency, libr money/currency, pro_rata money/currency, institution text, grade text, transfer text
MATCH (n:Tracer) WHERE n.case = $case AND n.noun = 'Result' AND n.id STARTS WITH $run + '/traced/'
MATCH (n)-[:ABOUT]->(t:Transaction)<-[:ABOUT]-(g:Result) WHERE g.run = n.run AND g.kind = 'grade' AND g.institution IS NOT NULL
RETURN n.day AS day, n.account_key AS account, n.side AS side, n.recorded AS amount, n.currency AS currency, n.libr AS libr,
       n.pro_rata AS pro_rata, g.institution AS institution, g.grade AS grade, t.id AS transfer
ORDER BY day, transfer, side, institution, account
